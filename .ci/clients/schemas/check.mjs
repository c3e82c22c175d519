// Ajv compiles every schema and holds every document against its own. json-schema-to-typescript makes types of the
// schemas, and `use.ts`, which is written here, assigns every document to its type: `tsc` must take it as it is.
import fs from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { compile } from 'json-schema-to-typescript';

const [schemaFile, folder] = process.argv.slice(2);
const schemas = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const documents = fs.readdirSync(folder).map((name) => JSON.parse(fs.readFileSync(`${folder}/${name}`, 'utf8')));
const problems = [];
// In strict mode, Ajv also warns of what it does not refuse.
console.warn = (...words) => problems.push(words.join(' '));
console.error = console.warn;

const file = (name) => name.replaceAll(' ', '-');
const type = (name) => `Jelou${name.replaceAll(/(^|[ -])(.)/g, (_, __, letter) => letter.toUpperCase())}Json`;
const schemaOf = (document) => (document.command in schemas ? document.command : 'failure');

const validators = {};
for (const [name, schema] of Object.entries(schemas)) {
  try {
    validators[name] = new Ajv2020.default().compile(schema);
    new Ajv2020.default({ strict: true, allErrors: true }).compile(schema);
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
}

for (const document of documents) {
  const validate = validators[schemaOf(document)];
  if (validate && !validate(document)) {
    problems.push(`${document.command}: ${JSON.stringify(validate.errors)}`);
  }
  if (validate && !document.ok && !validators.failure(document) && document.data === false) {
    problems.push(`${document.command}: no failure as every failure is`);
  }
  // A validator that takes everything would have found nothing.
  if (validate?.({ ...document, surprise: 1 }) || validate?.({ ...document, meta: null })) {
    problems.push(`${document.command}: what is no such document is taken for one`);
  }
}

fs.mkdirSync('types', { recursive: true });
const lines = [];
for (const [name, schema] of Object.entries(schemas)) {
  const text = await compile(structuredClone(schema), file(name), { bannerComment: '' });
  fs.writeFileSync(`types/${file(name)}.ts`, text);
  for (const [, numbered] of text.matchAll(/^export (?:interface|type) (\w*\d)\b/gm)) {
    problems.push(`${name}: a type is called ${numbered}`);
  }
  const [, root] = text.match(/^export type (\w+) = /m) ?? [, 'nothing'];
  lines.push(`import type { ${root} as ${type(name)} } from './types/${file(name)}';`);
}
for (const [number, document] of documents.entries()) {
  lines.push(`const document${number}: ${type(schemaOf(document))} = ${JSON.stringify(document)};`);
}
lines.push(fs.readFileSync(`${import.meta.dirname}/reads.ts`, 'utf8'));
fs.writeFileSync('use.ts', lines.join('\n'));
fs.writeFileSync(
  'tsconfig.json',
  JSON.stringify({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
    },
    include: ['use.ts', 'types/*.ts'],
  }),
);

const count = (test) => documents.filter(test).length;
const unused = Object.keys(schemas).filter((name) => !documents.some((document) => schemaOf(document) === name));
console.log(
  `${Object.keys(schemas).length} schemas, ${documents.length} documents: ${count((d) => d.ok)} successes, ` +
    `${count((d) => d.data === false)} failures, ${count((d) => !d.ok && d.data !== false)} failures with data, ` +
    `${count((d) => !d.ok && d.error.details === null)} with \`details: null\``,
);
// Their output is that of another program, or needs a second sandbox.
console.log(`without a document here: ${unused.join(', ')}`);
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}
