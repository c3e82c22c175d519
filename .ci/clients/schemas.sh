# shellcheck shell=bash
# The schemas that `jelou schema` prints, as users of them take them: Ajv with its default options and in strict mode,
# types of json-schema-to-typescript under `tsc --strict`, pydantic models of datamodel-code-generator. Real documents
# of the program, successes and failures, are held against each.
. "$JELOU_ROOT/.ci/clients/lib.sh"
here="$JELOU_ROOT/.ci/clients/schemas"
npm_packages schemas ajv@8.20.0 json-schema-to-typescript@16.0.0 typescript@5.9.3
python_packages schemas datamodel-code-generator==0.89.0 pydantic==2.14.4

jelou schema --jq .data >schemas.json
mkdir documents work
(cd work && jelou sandbox run -- bash -eu "$here/lines.sh" "$PWD/../documents")

# Node looks for packages beside the script.
cp "$here/check.mjs" "$here/reads.ts" "$npm_folder/"
node "$npm_folder/check.mjs" schemas.json documents
tsc --project tsconfig.json
echo "tsc --strict takes every document as what its type says"
python3 -W ignore "$here/check.py" schemas.json documents
