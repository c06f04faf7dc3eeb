"""What the documentation tells an operator to type, so that the tests type the same."""

import json
import re

from journey.programs import ROOT


def blocks(page, heading, language):
    """The blocks of code in that language under that heading of a page in docs/."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"{page} has no section {heading}"
    found = re.findall(rf"^```{language}\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert found, f"{heading} of {page} has no block of {language}"
    return found


def run_in_mongo(database, page, heading):
    """What the commands of mongosh answer there, of which this knows a few."""
    answers = []
    for block in blocks(page, heading, "js"):
        for collection, command, argument in re.findall(r"^db\.(\w+)\.(\w+)\((.*)\)$", block, re.MULTILINE):
            found = database[collection]
            if command == "drop":
                found.drop()
            elif command == "countDocuments":
                answers.append(found.count_documents(json.loads(argument)))
            elif command == "updateMany":
                found.update_many(*json.loads(f"[{argument}]"))
            else:
                raise NotImplementedError(command)
    return answers
