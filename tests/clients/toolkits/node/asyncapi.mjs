// Reads an AsyncAPI document from its input as AsyncAPI's own parser does, and tells what it holds, or what is wrong.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

// The modules lie outside the checkout.
const { Parser } = createRequire(`${process.env.NODE_PATH}/`)("@asyncapi/parser");

const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
const names = (all) => all.all().map((one) => one.id());
console.log(
  JSON.stringify({
    // Not its hints, such as that nobody is named to be asked.
    wrong: diagnostics.filter(({ severity }) => severity < 2).map(({ message, path }) => `${path.join(".")}: ${message}`),
    channels: document ? names(document.channels()) : [],
    messages: document ? names(document.messages()) : [],
    operations: document ? names(document.operations()) : [],
  }),
);
