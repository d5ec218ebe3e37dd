// A loader hook that makes modules of JSON files. The parser imports its schemas as bundlers allow
// it, without the import attribute that Node asks for.
import { readFileSync } from "node:fs";

export function load(url, context, nextLoad) {
  if (!url.endsWith(".json")) return nextLoad(url, context);
  const source = `export default ${readFileSync(new URL(url), "utf8")};`;
  return { format: "module", source, shortCircuit: true };
}
