//! How the rivals do the jobs: what a person who knows the tool would write.

/// Python's requests, or what Python itself has where they are missing.
const PYTHON: &str = "
import json, os, sys
api = os.environ['API'] + '/v1/functions/'
head = {'Authorization': 'Bearer ' + os.environ['JELOU_TOKEN'], 'Content-Type': 'application/json'}
try:
    import requests
    session = requests.Session()
    def send(method, path, body=None):
        answer = session.request(method, api + path, headers=head, data=body)
        answer.raise_for_status()
        return answer.json()
except ImportError:
    import ssl, urllib.request
    context = ssl.create_default_context(cafile=os.environ.get('REQUESTS_CA_BUNDLE'))
    def send(method, path, body=None):
        request = urllib.request.Request(api + path, body and body.encode(), head, method=method)
        return json.load(urllib.request.urlopen(request, context=context))
";

/// A Python program that calls `send(method, path, body)`.
pub fn python(program: &str) -> String {
    format!("{PYTHON}{program}\n")
}

pub const PYTHON_CREATE: &str = r#"print(send('POST', 'my-fn/tokens', '{"name":"ci"}')['token'])"#;
pub const PYTHON_COUNT: &str = "print(len(send('GET', sys.argv[1] + '/tokens')['items']))";
pub const PYTHON_PAGES: &str = "
cursor = ''
while cursor is not None:
    page = send('GET', sys.argv[1] + '/tokens?limit=1000' + (cursor and '&cursor=' + cursor))
    sys.stdout.write(''.join(json.dumps(token) + '\\n' for token in page['items']))
    cursor = page['next_cursor']
";
pub const PYTHON_REVOKE: &str = "
for line in sys.stdin: send('DELETE', 'my-fn/tokens/' + line.strip())
";

/// A Node program that calls `send(method, path, body)`.
pub fn node(program: &str) -> String {
    format!(
        "const headers = {{Authorization: 'Bearer ' + process.env.JELOU_TOKEN, 'Content-Type': 'application/json'}};
const send = async (method, path, body) => {{
  const answer = await fetch(process.env.API + '/v1/functions/' + path, {{method, headers, body}});
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}};
(async () => {{ {program} }})();
"
    )
}

pub const NODE_CREATE: &str = r#"console.log((await send('POST', 'my-fn/tokens', '{"name":"ci"}')).token)"#;
pub const NODE_COUNT: &str = "console.log((await send('GET', process.argv[1] + '/tokens')).items.length)";
pub const NODE_PAGES: &str = "
  for (let cursor = ''; cursor !== null;) {
    const page = await send('GET', process.argv[1] + '/tokens?limit=1000' + (cursor && '&cursor=' + cursor));
    process.stdout.write(page.items.map(token => JSON.stringify(token) + '\\n').join(''));
    cursor = page.next_cursor;
  }
";
pub const NODE_REVOKE: &str = "
  const ids = require('fs').readFileSync(0, 'utf8').trim().split('\\n').values();
  await Promise.all(Array.from({length: 8}, async () => {
    for (const id of ids) await send('DELETE', 'my-fn/tokens/' + id);
  }));
";

/// The body of the request that creates the token.
pub const CREATION: &str = r#"{"name":"ci"}"#;

/// A pipeline that creates the token.
pub const CURL_JQ_CREATE: &str = r#"curl -sf -X POST "$API/v1/functions/my-fn/tokens" -H "Authorization: Bearer $JELOU_TOKEN" -H 'Content-Type: application/json' -d '{"name":"ci"}' | jq -r .token"#;

/// A pipeline that counts the tokens of the function that is its word.
pub const CURL_JQ_COUNT: &str =
    r#"curl -sf "$API/v1/functions/$1/tokens" -H "Authorization: Bearer $JELOU_TOKEN" | jq '.items | length'"#;
