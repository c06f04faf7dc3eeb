"""The clients that are made with other people's toolkits, behind one call: a plan in, what they made of it out.

See toolkits/README.md for the two. Here too zeep, which runs within the tests.
"""

import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import requests
from lxml import etree

from journey import stock_soap

HERE = Path(__file__).resolve().parent.parent / "toolkits"
LONGEST = 120

# As little work at the start as there can be: these programs live for a moment.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8"]


@cache
def _folder():
    """Where the toolkits lie."""
    installed = subprocess.run([HERE / "install"], check=True, capture_output=True, text=True, timeout=600)
    return Path(installed.stdout.split()[-1])


def _start(command, plan=None, **environment):
    return subprocess.run(
        [str(word) for word in command],
        input=json.dumps(plan).encode() if plan else b"",
        capture_output=True,
        timeout=LONGEST,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/root"), "LANG": "C.UTF-8", **environment},
    )


def _run(command, plan, **environment):
    told = _start(command, plan, **environment)
    assert told.returncode == 0, f"{command[0]}: {told.stderr.decode()}{told.stdout.decode()}"
    return json.loads(told.stdout)


def node(plan):
    return _run(["node", HERE / "node/client.mjs"], plan, NODE_PATH=str(_folder() / "node_modules"))


def asyncapi(document):
    """What AsyncAPI's own parser finds in a document."""
    command = ["node", HERE / "node/asyncapi.mjs"]
    read = _start(command, json.loads(document), NODE_PATH=str(_folder() / "node_modules"))
    assert read.returncode == 0, read.stderr.decode()
    return json.loads(read.stdout)


def typescript(folder, services, arguments):
    """Makes types of the services' live OpenAPI documents, compiles a client over them, and runs it."""
    modules = _folder() / "node_modules"
    for name, url in services.items():
        generator = ["node", modules / "openapi-typescript/bin/cli.js", url, "-o", folder / f"{name}.ts"]
        made = _start(generator)
        assert made.returncode == 0, made.stderr.decode() + made.stdout.decode()
    shutil.copy(HERE / "node/client.ts", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    options = ["--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--module", "nodenext"]
    compiled = _start(["node", modules / "typescript/bin/tsc", *options, folder / "client.ts"])
    assert compiled.returncode == 0, compiled.stdout.decode()
    ran = _start(["node", folder / "client.js", *arguments])
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


def php(plan):
    return _run(["php", HERE / "php/client.php"], {"wrapped": True, **plan})


def cxf(plan):
    with tempfile.TemporaryDirectory() as folder:
        made = _make_with_cxf(folder, plan["services"])
        assert made.returncode == 0, made.stderr.decode()
        return _run([*JAVA, "-cp", f"{folder}:{_classpath()}", "Client"], plan)


def refused_by_cxf(description):
    """Why it makes no classes of a description."""
    with tempfile.TemporaryDirectory() as folder:
        made = _make_with_cxf(folder, {"registration": description})
        assert made.returncode != 0
        return made.stderr.decode()


def _make_with_cxf(folder, services):
    descriptions = [word for pair in services.items() for word in pair]
    sources = [HERE / "cxf/Make.java", folder, HERE / "cxf/Client.java"]
    return _start([*JAVA, "-cp", _classpath(), *sources, *descriptions])


def _classpath():
    return (_folder() / "cxf.classpath").read_text().strip()


def zeep(plan):
    told = {}
    with requests.Session() as session:
        for port, calls in plan["calls"].items():
            clients = {name: stock_soap.Client(url, port, session) for name, url in plan["services"].items()}
            told[port] = [_call_by_zeep(clients[call["service"]], call) for call in calls]
    return told


def _call_by_zeep(client, call):
    try:
        answer = client.service[call["operation"]](**call["fields"])
    except stock_soap.Fault as fault:
        error = client.typed(fault)
        return {
            "fault": {
                "type": etree.QName(error.element).localname,
                "code": fault.code.partition(":")[2],
                "text": fault.message,
                "error": error.value.code,
                "fields": {field.name: field.code for field in error.value.field},
            }
        }
    return {"answer": stock_soap.plain(answer)}


ALL = {"zeep": zeep, "soap for Node.js": node, "Apache CXF": cxf, "PHP's SoapClient": php}
