"""A reader of Inlet's topics by somebody who has only the AsyncAPI page: read.py <address of the gateway> <broker>

Reads every channel of the page from its beginning to what is there now, takes each record for a CloudEvent in binary mode
(by the CloudEvents SDK), and holds its headers and data to the schemas of the page and its data to the published JSON Schema
that the event itself names. Prints a JSON object a record: topic, type, id, problems.
"""
import json
import sys
from urllib.request import urlopen

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator, RefResolver
from kafka import KafkaConsumer, TopicPartition

gateway, broker = sys.argv[1:]


def get(path):
    with urlopen(gateway + path) as answer:
        return json.load(answer)


page = get("/v1/asyncapi.json")
resolver = RefResolver("", page)
published = {}


def published_schema(address):
    if address not in published:
        published[address] = Draft202012Validator(get(address))
    return published[address]


def resolved(node):
    while "$ref" in node:
        _, node = resolver.resolve(node["$ref"])
    return node


def messages_of(channel):
    found = [resolved(message) for message in channel["messages"].values()]
    return {message["name"]: message for message in found}


def faults(schema, value, what):
    validator = Draft202012Validator(schema, resolver=resolver)
    return [f"{what} {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def problems_of(record, messages):
    headers = {name: value.decode("utf-8") for name, value in record.headers}
    if len(headers) != len(record.headers):
        yield "a header stands there twice"
    message = messages.get(headers.get("ce_type"))
    if message is None:
        yield f"the page has no message {headers.get('ce_type')} on this channel"
        return
    yield from faults(message["headers"], headers, "headers")
    try:
        event = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())
    except Exception as error:
        yield f"no CloudEvent: {error}"
        return
    if event.get_datacontenttype() != message["contentType"]:
        yield f"its content type is {event.get_datacontenttype()}"
    # The SDK makes the record's key the attribute; on the page both are the same.
    if event.get_extension("partitionkey") != headers.get("ce_partitionkey"):
        yield f"its key is not ce_partitionkey: {record.key}"
    yield from faults(message["payload"], event.get_data(), "data, by the page,")
    for error in published_schema(event.get_dataschema()).iter_errors(event.get_data()):
        yield f"data, by {event.get_dataschema()}, {error.json_path}: {error.message[:200]}"


channels = {channel["address"]: messages_of(channel) for channel in page["channels"].values()}
consumer = KafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, isolation_level="read_committed")
places = [
    TopicPartition(topic, partition) for topic in channels for partition in consumer.partitions_for_topic(topic) or ()
]
consumer.assign(places)
consumer.seek_to_beginning()
ends = consumer.end_offsets(places)
while any(consumer.position(place) < ends[place] for place in places):
    for records in consumer.poll(timeout_ms=500).values():
        for record in records:
            headers = dict(record.headers)
            told = {
                "topic": record.topic,
                "type": headers.get("ce_type", b"").decode("utf-8", "replace"),
                "id": headers.get("ce_id", b"").decode("utf-8", "replace"),
                "problems": list(problems_of(record, channels[record.topic])),
            }
            print(json.dumps(told))
consumer.close()
