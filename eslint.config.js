import js from "@eslint/js";
import tseslint from "typescript-eslint";

const rules = {
  "max-lines": ["error", 300],
  "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
  complexity: ["error", 10],
  "no-console": "error",
  eqeqeq: "error",
  "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
  // Numbers in messages and addresses read well; the rule is after objects.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
};

const BROWSER = [
  ...["document", "location", "history", "sessionStorage", "fetch", "addEventListener", "setTimeout"],
  ...["AbortController", "Node", "TextDecoderStream", "URLSearchParams"],
];

export default tseslint.config(
  { ignores: ["node_modules/", ".build/", ".local/", ".venv/"] },
  {
    files: ["{workers,systems}/**/*.ts"],
    extends: [js.configs.recommended, ...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules,
  },
  {
    files: ["{workers,systems}/**/*.test.ts"],
    // A describe block is as long as what it describes.
    rules: { "max-lines-per-function": "off" },
  },
  {
    // The local Cloudflare's own workers: workerd runs these files as they are, types stand in JSDoc.
    files: ["local/runtime/**/*.mjs"],
    extends: [js.configs.recommended, ...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "tsconfig.runtime.json", tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules,
  },
  {
    // The live page: a browser runs these files as they are.
    files: ["local/api/live_page/static/*.mjs"],
    extends: [js.configs.recommended],
    languageOptions: { globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])) },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: Object.fromEntries(Object.entries(rules).filter(([name]) => !name.startsWith("@"))),
  },
);
