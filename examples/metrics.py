"""What it all came to: each trace on the terminal, and the sums of all in the program's own `MeterProvider`.

pip install 'limelight[console,openai]'
python -m limelight.testing.fake python examples/metrics.py
"""

from __future__ import annotations

from openai import OpenAI
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint

import limelight

reader = InMemoryMetricReader()  # in a service: a PeriodicExportingMetricReader, or Prometheus
limelight.init(console="stdout", meter_provider=MeterProvider([reader]))

client = OpenAI()
for question in ("Why is the sky blue?", "Why is it dark at night?"):
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])
limelight.flush()

counted = reader.get_metrics_data()
for resource in counted.resource_metrics if counted else ():
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            for point in metric.data.data_points:
                if isinstance(point, NumberDataPoint):
                    print(f"{metric.name}: {point.value:g} {metric.unit}")
