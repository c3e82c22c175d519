// The TypeScript SDK, version 2: negotiated, pinned to the newest version, and the earlier ones one by one.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

async function connect(token, options) {
  const headers = token ? { "X-Jelou-Token": token } : {};
  const transport = new StreamableHTTPClientTransport(new URL(process.env.URL), { requestInit: { headers } });
  const client = new Client({ name: "test", version: "1" }, options);
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.equal(tools.length, 1);
  const called = await client.callTool({ name: tools[0].name, arguments: { query: "test" } });
  assert.deepEqual(called.structuredContent, { query: "test" });
  assert.ok(!called.isError);
  console.log(client.getNegotiatedProtocolVersion(), tools[0].name);
  await client.close();
}

const auto = { versionNegotiation: { mode: "auto" } };
await connect(process.env.TOKEN, auto);
await connect(process.env.TOKEN, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
for (const version of ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]) {
  await connect(process.env.TOKEN, { supportedProtocolVersions: [version] });
}
for (const token of [undefined, process.env.REVOKED]) {
  await connect(token, auto).catch(() => console.log("refused"));
}
