"""A Django application in one file, as a WSGI server runs it: a request, and the model call within it."""

from __future__ import annotations

import threading
import urllib.request
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from openai import OpenAI

import limelight

limelight.init(service_name="django-example")
client = OpenAI()


def tell(request: HttpRequest, subject: str) -> HttpResponse:
    answer = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": f"Tell me of {subject}"}]
    )
    return HttpResponse(answer.choices[0].message.content)


urlpatterns = [path("tell/<str:subject>", tell)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="of no use here")
django.setup()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/tell/trains") as answer:
            print(answer.read().decode())
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main()
