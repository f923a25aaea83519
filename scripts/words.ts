// node scripts/words.ts [FILE …]: finds words and phrases that have a plainer form, in comments, messages and pages. Part of `npm run lint`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What not to write (a regular expression; a space also matches the line break of a comment), and what to write instead. */
const WORDS: readonly (readonly [pattern: string, instead: string])[] = [
  ['arrivals?(?!-rate| rate)', 'iteration(s)'],
  ['befalls?|befell|befallen', 'applies to'],
  ['(?:cannot|can not|could not) be had', 'is unavailable'],
  ['(?:no|without a|a) clear answer', 'unknown outcome'],
  ['comes? to nothing|came to nothing|come to no verdict|came to no verdict', 'fails, ends without a verdict'],
  ['conductors?', 'coordinator'],
  ['cr(?:y|ies) wolf', 'reports a false alarm'],
  ['cures?|cured', 'undo, remedy'],
  ['engage[sd]?|engagements?', 'bind, composition'],
  ['gives? way|gave way', 'saturates'],
  ['goes? wrong|went wrong', 'fails'],
  ['hears?|heard', 'receives'],
  ['in place of', 'instead of'],
  ['in the midst of', 'during'],
  ['(?<!there )(?:is|are) no(?! (?:longer|more|less|fewer|other|better))', 'is not a'],
  ['keepers?', 'shadow record'],
  ['leaves? away|left away|leaving away', 'omit'],
  ['mend(?:s|ed)?', 'fix'],
  ['means? nothing to', 'applies only to …'],
  ['never rests?', 'has no pauses, closed model'],
  ["of (?:a|the|its) (?:user|run|suite|node|load)'s own", 'of its own'],
  ["somebody else's", 'external, of another …'],
  ['so many (?:operations|records|users)', 'a number of'],
  ['(?:is|are|was|were|be) told', 'receives, reports'],
  ['what it came to', 'summary, result'],
  ['where (?:there (?:is|are|was|were)|none|one is|nobody|nothing|somebody)', 'if'],
  ['(?<!what code )wants(?! to)', 'needs'],
  ['without a word', 'by default'],
];

/** What lies between two words of a phrase: spaces, or a line break with the marks of a comment. */
const GAP = '(?:[ \\t]+|[ \\t]*\\n[ \\t]*(?:\\*|//|#|--|>)?[ \\t]*)';
const RULES = WORDS.map(([pattern, instead]) => ({
  pattern: new RegExp(`(?<![\\w-])(?:${pattern.replaceAll(' ', GAP)})(?![\\w-])`, 'gi'),
  instead,
}));

const files = process.argv.length > 2 ? process.argv.slice(2) : trackedFiles();
const findings = files.flatMap(findingsIn);
for (const finding of findings) console.error(finding);
if (findings.length > 0) {
  console.error(`\n${findings.length} words or phrases have a plainer form. The list is in scripts/words.ts.`);
  process.exitCode = 1;
}

/** Files that people read, but for this one and its test, which name what is forbidden. */
function trackedFiles(): string[] {
  const patterns = [
    '*.md',
    '*.ts',
    '*.tsx',
    '*.mjs',
    '*.surql',
    '*.yml',
    '*.toml',
    'thresholds/*.json',
    '.env.example',
  ];
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns]);
  return list
    .toString()
    .trimEnd()
    .split('\n')
    .filter((file) => !file.endsWith('/words.ts') && !file.endsWith('/words.test.ts'));
}

/** Lines `FILE:LINE: "PHRASE": write …`. */
function findingsIn(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const prose = file.endsWith('.md') ? withoutCode(text) : /\.m?[jt]s$/.test(file) ? withoutNames(text) : text;
  return RULES.flatMap(({ pattern, instead }) =>
    [...prose.matchAll(pattern)].map(({ 0: phrase, index }) => {
      const line = prose.slice(0, index).split('\n').length;
      return `${file}:${line}: "${phrase.replace(/\s+\W*/g, ' ')}": write "${instead}"`;
    }),
  );
}

function blank(code: string): string {
  return code.replace(/[^\n]/g, ' ');
}

/** Comments and strings of a program, at their places. */
function withoutNames(program: string): string {
  const read = /(\/\/[^\n]*|\/\*.*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|[^/'"`]+|./gs;
  return program.replace(read, (part, prose?: string) => prose ?? blank(part));
}

/** A page with blanks for its code and its transcripts, which are as they were. */
function withoutCode(page: string): string {
  return page.replace(/^ *```.*?^ *```|`[^`\n]*`/gms, blank);
}
