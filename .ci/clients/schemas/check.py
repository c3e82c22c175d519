"""datamodel-code-generator makes pydantic models of the schemas; every document is read by its model and written
again as it was."""

import importlib
import json
import pathlib
import re
import sys

import pydantic
from datamodel_code_generator import DataModelType, InputFileType, generate

schemas = json.loads(pathlib.Path(sys.argv[1]).read_text())
documents = [json.loads(path.read_text()) for path in sorted(pathlib.Path(sys.argv[2]).iterdir())]
problems = []

folder = pathlib.Path("models")
folder.mkdir()
sys.path.insert(0, str(folder.resolve()))


def model_of(name):
    module = re.sub("[ -]", "_", name)
    generate(
        json.dumps(schemas[name]),
        input_file_type=InputFileType.JsonSchema,
        output=folder / f"{module}_document.py",
        output_model_type=DataModelType.PydanticV2BaseModel,
    )
    models = vars(importlib.import_module(f"{module}_document"))
    classes = [it for it in models.values() if isinstance(it, type) and it.__module__ == f"{module}_document"]
    problems.extend(f"{name}: a class is called {it.__name__}" for it in classes if it.__name__[-1].isdigit())
    roots = [it for it in classes if issubclass(it, pydantic.RootModel) and it.__name__.startswith("Jelou")]
    assert len(roots) == 1, f"{name}: {roots}"
    return roots[0]


models = {name: model_of(name) for name in schemas}
for document in documents:
    model = models[document["command"] if document["command"] in models else "failure"]
    try:
        read = model.model_validate_json(json.dumps(document))
    except pydantic.ValidationError as error:
        problems.append(f"{document['command']}: {error}")
        continue
    written = json.loads(read.model_dump_json(by_alias=True, exclude_unset=True))
    if written != document:
        problems.append(f"{document['command']}: {written} is not {document}")
    # A model that takes everything would have found nothing.
    for wrong in [{**document, "ok": None}, {**document, "surprise": 1}, {**document, "meta": None}]:
        try:
            model.model_validate(wrong)
            problems.append(f"{document['command']}: what is no such document is taken for one")
        except pydantic.ValidationError:
            pass

print(f"{len(models)} models read and wrote {len(documents)} documents")
if problems:
    sys.exit("\n".join(problems))
