

# Requests and answers, see warm.py
def resident():
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def send(header, body=b""):
    header["memory"] = resident()
    text = json.dumps(header).encode()
    CHANNEL_OUT.write(struct.pack(">II", len(text), len(body)) + text + body)
    CHANNEL_OUT.flush()


def receive():
    start = CHANNEL_IN.read(8)
    if len(start) < 8:
        return None
    header, body = struct.unpack(">II", start)
    header, body = CHANNEL_IN.read(header), CHANNEL_IN.read(body)
    return json.loads(header.decode()), body


def answer(tools, request, source):
    os.chdir(request["project"])
    try:
        result = tools[request["tool"]].answer(request, source)
    except Refusal as refusal:
        return {"kind": refusal.kind, "message": str(refusal)}, b""
    except MemoryError:
        raise
    except RecursionError:
        return {"kind": "internal", "message": "the file nests too deeply"}, b""
    except BaseException as error:
        traceback.print_exc(file=sys.stderr)
        return {"kind": "internal", "message": "%s: %s" % (type(error).__name__, error)}, b""
    if result == source:
        return {"kind": "unchanged"}, b""
    return {"kind": "changed"}, result


def serve(wanted):
    tools, versions = {}, {}
    try:
        for name in wanted:
            tools[name] = {"black": Black, "isort": Isort}[name]()
            versions[name] = tools[name].version
    except BaseException as error:
        send({"kind": "failed", "message": "%s: %s" % (type(error).__name__, error)})
        return
    send({"kind": "ready", "versions": versions})
    while True:
        message = receive()
        if message is None:
            return
        send(*answer(tools, *message))


WORK = Path(tempfile.mkdtemp(prefix="warm-", dir=sys.argv[1]))
try:
    (WORK / "empty.toml").write_bytes(b"")
    serve(sys.argv[2:])
finally:
    shutil.rmtree(str(WORK), ignore_errors=True)
