// The TypeScript SDK, version 1.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

async function connect(token) {
  const headers = token ? { "X-Jelou-Token": token } : {};
  const transport = new StreamableHTTPClientTransport(new URL(process.env.URL), { requestInit: { headers } });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.equal(tools.length, 1);
  const called = await client.callTool({ name: tools[0].name, arguments: { query: "test" } });
  assert.deepEqual(called.structuredContent, { query: "test" });
  assert.ok(!called.isError);
  console.log(transport.protocolVersion, tools[0].name);
  await client.close();
}

await connect(process.env.TOKEN);
for (const token of [undefined, process.env.REVOKED]) {
  await connect(token).catch(() => console.log("refused"));
}
