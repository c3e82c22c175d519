// Opens pages of several origins and lets each of them ask the sandbox.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdtempSync } from "node:fs";
import { chromium } from "playwright-core";

const api = process.env.JELOU_API_URL;
const gateway = `${process.env.JELOU_GATEWAY_URL}/fn/my-function`;
const token = process.env.JELOU_FUNCTION_TOKEN;
const managementToken = process.env.JELOU_TOKEN;
const port = new URL(api).port;

const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>page</title>"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const pagePort = server.address().port;

const context = await chromium.launchPersistentContext(mkdtempSync("profile-"), {
  executablePath: process.env.CHROMIUM,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    // What DNS rebinding does: a foreign name that leads to this machine.
    "--host-resolver-rules=MAP *.example 127.0.0.1",
  ],
});
const page = await context.newPage();

// What the page's own `fetch` gives: the status and the body, or that the browser kept them from it.
const fetched = (url, init) =>
  page.evaluate(
    async ([url, init]) => {
      try {
        const response = await fetch(url, init);
        return { status: response.status, type: response.type, body: await response.text() };
      } catch (error) {
        return { error: error.name };
      }
    },
    [url, init],
  );

const json = { "Content-Type": "application/json", "X-Jelou-Token": token };
for (const origin of [`http://localhost:${pagePort}`, `http://127.0.0.1:${pagePort}`, `http://page.example:${pagePort}`]) {
  await page.goto(origin);

  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    const body = method === "GET" ? undefined : '{"query":"test"}';
    const called = await fetched(`${gateway}/a`, { method, headers: json, body });
    assert.equal(called.status, 200, `${origin} ${method}: ${JSON.stringify(called)}`);
    const echo = JSON.parse(called.body);
    assert.equal(echo.method, method);
    assert.deepEqual(echo.body, body ? { query: "test" } : null);
    assert.ok(!called.body.includes(token));
  }
  assert.equal((await fetched(gateway, {})).status, 401, "the page may read why it was refused");
  assert.equal((await fetched(`${gateway}/__health`, {})).status, 200);
  assert.equal((await fetched(`${process.env.JELOU_GATEWAY_URL}/fn/absent`, {})).status, 404);

  // Its MCP endpoint as well, from a page of this machine: the protocol wants other origins refused.
  const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const version = { "MCP-Protocol-Version": "2025-11-25", Accept: "application/json, text/event-stream" };
  const listed = await fetched(`${gateway}/mcp`, { method: "POST", headers: { ...json, ...version }, body: message });
  assert.equal(listed.status, origin.includes("page.example") ? 403 : 200, `${origin}: ${JSON.stringify(listed)}`);

  const authorization = { Authorization: `Bearer ${managementToken}` };
  const forbidden = [
    [`${api}/v1/me`, { headers: authorization }],
    [`${api}/v1/functions`, { method: "POST", headers: { ...authorization, "Idempotency-Key": '"k"' }, body: "{}" }],
    [`${api}/v1/functions/my-function/tokens`, {}],
    [`${api}/openapi.json`, {}],
    [`${api}/__sandbox/journal`, {}],
    [`${api}/__sandbox/faults`, { method: "DELETE" }],
    // These need no permission of the browser's: the sandbox itself must refuse them.
    [`${api}/__sandbox/faults`, { method: "POST", body: '{"faults":["status=500"]}' }],
    [`${api}/__sandbox/clock/advance`, { method: "POST", body: '{"by":"10m"}' }],
  ];
  for (const [url, init] of forbidden) {
    assert.deepEqual(await fetched(url, init), { error: "TypeError" }, `${origin} ${url}`);
    const simple = { method: init.method === "POST" ? "POST" : "GET", body: init.body, mode: "no-cors" };
    const opaque = await fetched(url, simple);
    assert.deepEqual([opaque.type, opaque.body], ["opaque", ""], `${origin} ${url}`);
  }
  // A link or a form leads the whole window there.
  const [answer] = await Promise.all([
    page.waitForNavigation({ url: `${api}/v1/me` }),
    page.evaluate((url) => { location.href = url; }, `${api}/v1/me`),
  ]);
  assert.equal(answer.status(), 403);
}

for (const [path, status] of [
  ["/v1/me", 421], ["/openapi.json", 421], ["/fn/my-function/__health", 421], ["/__sandbox/journal", 403],
]) {
  const answer = await page.goto(`http://rebound.example:${port}${path}`);
  assert.equal(answer.status(), status, path);
}
// What a person types into the address bar.
assert.equal((await page.goto(`${api}/openapi.json`)).status(), 200);

await context.close();
server.close();
