// Reads workflows, and actions (action.yml), with GitHub's own parser, as GitHub does after a push.
// Prints each error as file:line:column and ends with status 1 if there is one.
//
//   npm ci --prefix tools/workflow_parser
//   node tools/workflow_parser/check.mjs .github/workflows/*.yml action.yml
import { readFileSync } from "node:fs";
import module from "node:module";
import { basename } from "node:path";

import { load } from "./json_modules.mjs";

if (module.registerHooks) module.registerHooks({ load });
else module.register("./json_modules.mjs", import.meta.url); // Node 20; deprecated since

// Imported here, as imports at the top would run before the hook is there.
const workflows = await import("@actions/workflow-parser");
const actions = await import("@actions/workflow-parser/actions/index");

// Parsing holds a file against the schema. Converting finds what no schema sees, such as a job that
// needs one that is not there. Both add to the errors of one context.
async function errorsOf(name) {
  const file = { name, content: readFileSync(name, "utf8") };
  const isAction = /^action\.ya?ml$/.test(basename(name));
  const parse = isAction ? actions.parseAction : workflows.parseWorkflow;
  const convert = isAction ? actions.convertActionTemplate : workflows.convertWorkflowTemplate;
  const { context, value } = parse(file, new workflows.NoOperationTraceWriter());
  if (value) await convert(context, value);
  return context.errors.getErrors();
}

const names = process.argv.slice(2);
if (!names.length) {
  console.error("usage: node check.mjs FILE...");
  process.exit(2);
}
let count = 0;
for (const name of names) {
  for (const { rawMessage, range } of await errorsOf(name)) {
    const { line, column } = range?.start ?? { line: 1, column: 1 };
    console.log(`${name}:${line}:${column}: ${rawMessage.split("\n", 1)[0]}`);
    count += 1;
  }
}
console.log(`GitHub's parser: ${names.length} files read, errors: ${count}.`);
process.exitCode = count ? 1 : 0;
