"""A worker in Python (pip install nats-py): as many as you like share one durable consumer, and so the work.

    python3 examples/jetstream/consumer.py nats://127.0.0.1:4222
"""

import asyncio
import json
import sys

import nats
from nats.errors import TimeoutError


async def main(server="nats://127.0.0.1:4222", stream="TRANSFERS", durable="balances"):
    connection = await nats.connect(server, max_reconnect_attempts=-1)
    consumer = await connection.jetstream().pull_subscribe("transfers.1.*", durable=durable, stream=stream)
    while True:
        try:
            messages = await consumer.fetch(500, timeout=5)
        except TimeoutError:
            continue
        for message in messages:
            transfer = json.loads(message.data)
            transfer["value"] = int(transfer["value"])
            await store(message.metadata.sequence.stream, transfer)
            await message.ack()


async def store(sequence, transfer):
    """The statement of transfers.sql, with the PostgreSQL client of your choice."""
    print(sequence, json.dumps(transfer), flush=True)


asyncio.run(main(*sys.argv[1:]))
