"""A Flask application that streams a model's answer: the request lasts until its last byte, and the call is in it."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Iterator

from flask import Flask, Response
from openai import OpenAI
from werkzeug.serving import make_server

import limelight

limelight.init(service_name="flask-example")
app = Flask(__name__)
client = OpenAI()


@app.get("/tell/<subject>")
def tell(subject: str) -> Response:
    def words() -> Iterator[str]:
        question = f"Tell me of {subject}"
        with client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": question}], stream=True
        ) as stream:
            for chunk in stream:
                if chunk.choices and (word := chunk.choices[0].delta.content):
                    yield word

    return Response(words(), mimetype="text/plain")


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/tell/trains") as answer:
        print(answer.read().decode())
    server.shutdown()
    thread.join()


if __name__ == "__main__":
    main()
