"""The Python SDK, version 1."""

import asyncio
import os

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

URL = os.environ["URL"]


async def connect(token):
    headers = {"X-Jelou-Token": token} if token else {}
    async with streamablehttp_client(URL, headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            started = await session.initialize()
            (tool,) = (await session.list_tools()).tools
            called = await session.call_tool(tool.name, {"query": "test"})
            assert called.content[0].text == '{"query":"test"}' and not called.isError, called
            print(started.protocolVersion, tool.name)


async def main():
    await connect(os.environ["TOKEN"])
    for token in (None, os.environ["REVOKED"]):
        try:
            await asyncio.wait_for(connect(token), 20)
        except BaseException:
            print("refused")


asyncio.run(main())
