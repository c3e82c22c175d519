"""The Python SDK, version 2: negotiated, pinned to the newest version, and with the handshake of the earlier ones."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

URL = os.environ["URL"]


async def connect(mode, token):
    headers = {"X-Jelou-Token": token} if token else {}
    async with httpx2.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(URL, http_client=http), mode=mode) as client:
            (tool,) = (await client.list_tools()).tools
            called = await client.call_tool(tool.name, {"query": "test"})
            assert called.structured_content == {"query": "test"} and not called.is_error, called
            print(client.protocol_version, tool.name)


async def main():
    for mode in ("auto", "2026-07-28", "legacy"):
        await connect(mode, os.environ["TOKEN"])
    for token in (None, os.environ["REVOKED"]):
        try:
            await connect("auto", token)
        except BaseException:
            print("refused")


asyncio.run(main())
