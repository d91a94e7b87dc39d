"""Drives `hive lsp` with the client of a Python library for language servers."""

import asyncio
import pathlib
import sys

from lsprotocol import types
from pygls.lsp.client import LanguageClient


def offset(lines, position):
    """Where a position is in a text of plain ASCII."""
    return sum(len(line) for line in lines[: position.line]) + position.character


def edited(text, edits):
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda one: one.range.start.line, reverse=True):
        start, end = offset(lines, edit.range.start), offset(lines, edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text


async def main(hive, root):
    client = LanguageClient("hive-tests", "1")
    shown = {}
    news = asyncio.Condition()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    async def published(params):
        async with news:
            shown[params.uri] = params.diagnostics
            news.notify_all()

    async def diagnostics(uri, like):
        async with news:
            ready = news.wait_for(lambda: uri in shown and like(shown[uri]))
            await asyncio.wait_for(ready, 120)
        return shown[uri]

    await client.start_io(hive, "lsp", cwd=root)
    resolves = types.ClientCodeActionResolveOptions(properties=["edit"])
    capabilities = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            code_action=types.CodeActionClientCapabilities(
                data_support=True, resolve_support=resolves
            )
        )
    )
    begun = await client.initialize_async(
        types.InitializeParams(
            capabilities=capabilities, root_uri=pathlib.Path(root).as_uri()
        )
    )
    assert begun.server_info.name == "hive", begun
    client.initialized(types.InitializedParams())

    def opened(name):
        path = pathlib.Path(root, name)
        text = path.read_text()
        item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return path.as_uri(), text

    # Layout, of a document that is not as it should be.
    uri, text = opened("messy.py")
    found = await diagnostics(uri, bool)
    assert any("would change" in one.message for one in found), found
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(
            types.TextDocumentIdentifier(uri),
            types.FormattingOptions(tab_size=4, insert_spaces=True),
        )
    )
    neat = edited(text, edits)
    assert neat.startswith("import os\n\nfrom a import b\n"), neat
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=2, uri=uri),
            [types.TextDocumentContentChangeWholeDocument(neat)],
        )
    )
    await diagnostics(uri, lambda found: not found)

    # A question with its patch, and its suppression.
    uri, text = opened("kept.py")
    found = await diagnostics(uri, lambda found: any(one.data for one in found))
    (question,) = [one for one in found if one.data]
    assert question.code == "F401" and question.range.start.line == 0, question
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            question.range,
            types.CodeActionContext(diagnostics=[question]),
        )
    )
    titles = [action.title for action in actions]
    (patch,) = [one for one in actions if one.title.startswith("Apply the patch")]
    (comment,) = [one for one in actions if one.title.startswith("Suppress F401")]
    assert patch.edit is None, patch
    patch = await client.code_action_resolve_async(patch)
    assert edited(text, patch.edit.changes[uri]) == "import sys\n\nX = sys.path\n", titles
    comment = await client.code_action_resolve_async(comment)
    noted = edited(text, comment.edit.changes[uri])
    assert noted.splitlines()[0].startswith("import os  # noqa: F401 - "), noted

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    print("all is well")


asyncio.run(main(*sys.argv[1:]))
