"""Drives `hive mcp` with the client of the protocol's own Python library."""

import asyncio
import os
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters


async def conversation(server, mode):
    async with Client(server, mode=mode, read_timeout_seconds=120) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        for name in ("status", "check", "fix", "escalations_list", "escalations_apply"):
            assert name in tools, sorted(tools)
        assert tools["check"].annotations.read_only_hint, tools["check"]
        assert not tools["fix"].annotations.read_only_hint, tools["fix"]

        status = await client.call_tool("status", {})
        assert not status.is_error, status
        assert status.structured_content["questions"] == 1, status

        listed = await client.call_tool("escalations_list", {"rule": "F401"})
        (question,) = listed.structured_content["escalations"]
        assert question["path"] == "kept.py" and question["patch"], question

        shown = await client.call_tool("escalations_show", {"id": question["id"]})
        assert shown.structured_content["escalation"]["frame"], shown

        checked = await client.call_tool("check", {"paths": ["messy.py"]})
        assert not checked.is_error, checked
        (file,) = checked.structured_content["files"]
        assert file["status"] == "would-change", file

        wrong = await client.call_tool("fix", {"paths": ["../messy.py"]})
        assert wrong.is_error and "goes up" in wrong.content[0].text, wrong
        return question["id"]


async def writing(server, question):
    async with Client(server, mode="legacy", read_timeout_seconds=120) as client:
        fixed = await client.call_tool("fix", {"paths": ["messy.py"]})
        assert fixed.structured_content["files"][0]["status"] == "fixed", fixed
        both = await asyncio.gather(
            client.call_tool("escalations_apply", {"ids": [question]}),
            client.call_tool("why", {"path": "messy.py"}),
        )
        assert both[0].structured_content["done"][0]["state"] == "resolved", both
        assert both[1].structured_content["why"]["path"] == "messy.py", both
        again = await client.call_tool("escalations_apply", {"ids": [question]})
        assert again.is_error, again


async def main(hive, root):
    server = StdioServerParameters(
        command=hive, args=["mcp"], cwd=root, env=dict(os.environ)
    )
    # The handshake of today, and a client that looks for tomorrow's first.
    for mode in ("legacy", "auto"):
        question = await conversation(server, mode)
    await writing(server, question)
    print("all is well")


asyncio.run(main(*sys.argv[1:]))
