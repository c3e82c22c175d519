
// How a program reads a document: the forms are told apart by `ok` and `data`, and nothing must be asserted.
export function valueOf(document: JelouTokensCreateJson): string | null {
  if (document.ok) {
    return document.data.token;
  }
  const { code, message, hint, details, exit_code, http_status } = document.error;
  const fields: string[] = details === null ? [] : Object.keys(details);
  const status: number = http_status ?? exit_code;
  console.assert(status > 0, code, message, hint?.length, fields);
  return document.data === false ? null : document.data.token;
}

export function refused(document: JelouTokensRevokeJson): string[] {
  const items = document.data === false ? [] : document.data;
  return items.flatMap((item) => (item.error === null ? [] : [`${item.ref}: ${item.error.message}`]));
}

export function idOfReplaced(document: JelouTokensRotateJson): string {
  return document.data === false ? document.error.code : document.data.replaces.id;
}

const error = { code: 'NOT_FOUND', message: '', hint: null, retryable: false, exit_code: 5, http_status: 404 } as const;
const meta = { schema_version: 1, request_id: null } as const;
const rest = { command: '', warnings: [], breadcrumbs: [], meta };
export const failure: JelouFailureJson = { ok: false, data: false, error: { ...error, details: null }, ...rest };
// @ts-expect-error: a failure has all its keys
export const withoutDetails: JelouFailureJson = { ok: false, data: false, error, ...rest };
// @ts-expect-error: a failure is no success
export const noFailure: JelouFailureJson = { ok: true, data: false, error: { ...error, details: null }, ...rest };
// @ts-expect-error: a code is one of those that there are
export const noCode: JelouFailureJson = { ok: false, data: false, error: { ...error, details: null, code: 'NO' }, ...rest };
