import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT_ROOT } from '../paths.ts';

/** What a module of lib/core offers: a name, how it is declared, and what its comment says. */
interface Entry {
  readonly name: string;
  readonly declaration: string;
  readonly comment: string;
}

/** A page with everything that lib/core exports, from its declarations and their comments. */
export function libraryPage(generated: string): string {
  const folder = join(PROJECT_ROOT, 'lib/core');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const modules = files.sort().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return { file: file.replaceAll('\\', '/'), entries: entriesOf(file, text) };
  });
  const sections = modules
    .filter(({ entries }) => entries.length > 0)
    .map(({ file, entries }) => `## lib/core/${file}\n\n${entries.map(section).join('\n\n')}`);
  return [
    '# Library',
    generated,
    'The pure part of the suite, `lib/core`: it imports neither k6 nor Node, so it runs in both, and in your own programs. Checkers take',
    'a history and give a verdict; see [history format](history-format.md) and [consistency](consistency.md).',
    '',
    '```ts',
    "import { checkBank } from './lib/core/checkers/bank.ts';",
    '```',
    '',
    ...sections.join('\n\n').split('\n'),
    '',
  ].join('\n');
}

const section = ({ name, declaration, comment }: Entry): string =>
  [`### ${name}`, '', '```ts', declaration, '```', ...(comment === '' ? [] : ['', comment])].join('\n');

function entriesOf(file: string, text: string): Entry[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  return source.statements.filter(isExported).flatMap((statement) =>
    namesOf(statement).map((name) => ({
      name,
      declaration: declarationOf(statement, source),
      comment: commentOf(statement),
    })),
  );
}

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.getText()];
}

/** Constants with longer values are shown without them. */
const LONGEST_VALUE = 300;

/** A declaration as it is written, without what it does: bodies and values are no part of what it promises. */
function declarationOf(statement: ts.Statement, source: ts.SourceFile): string {
  const text = (from: number, to: number) =>
    source.text
      .slice(from, to)
      .trim()
      .replace(/^export /, '');
  const start = statement.getStart(source);
  const whole = text(start, statement.getEnd());
  if (ts.isFunctionDeclaration(statement) && statement.body !== undefined)
    return text(start, statement.body.getStart(source));
  if (ts.isClassDeclaration(statement)) return classOf(statement, source);
  if (ts.isVariableStatement(statement)) {
    const [declaration] = statement.declarationList.declarations;
    const value = declaration?.initializer;
    if (value !== undefined && ts.isArrowFunction(value))
      return text(start, value.equalsGreaterThanToken.getStart(source));
    if (value !== undefined && declaration !== undefined && whole.length > LONGEST_VALUE)
      return text(start, (declaration.type ?? declaration.name).getEnd());
  }
  return whole;
}

/** A class by what is public of it. */
function classOf(declaration: ts.ClassDeclaration, source: ts.SourceFile): string {
  const members = declaration.members.flatMap((member) => {
    const isHidden =
      (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
      (ts.canHaveModifiers(member) &&
        (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword));
    if (isHidden) return [];
    const body = 'body' in member ? (member.body as ts.Block | undefined) : undefined;
    const end = body === undefined ? member.getEnd() : body.getStart(source);
    return [`  ${source.text.slice(member.getStart(source), end).trim()}`];
  });
  const heritage = declaration.heritageClauses?.map((clause) => ` ${clause.getText()}`).join('') ?? '';
  const head = `class ${declaration.name?.getText() ?? ''}${heritage}`;
  return members.length === 0 ? `${head} {}` : `${head} {\n${members.join('\n')}\n}`;
}

function commentOf(statement: ts.Statement): string {
  const docs = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc);
  return docs
    .map((doc) => {
      const tags = (doc.tags ?? []).map((tag) => tagText(tag));
      return [ts.getTextOfJSDocComment(doc.comment) ?? '', ...tags].filter((text) => text !== '').join('\n\n');
    })
    .join('\n\n');
}

function tagText(tag: ts.JSDocTag): string {
  const comment = ts.getTextOfJSDocComment(tag.comment) ?? '';
  const name = ts.isJSDocParameterTag(tag)
    ? ` \`${tag.name.getText()}\`:`
    : tag.tagName.text === 'throws'
      ? ' throws'
      : '';
  const type = ts.isJSDocThrowsTag(tag) && tag.typeExpression ? ` ${tag.typeExpression.getText()}` : '';
  const label = tag.tagName.text === 'returns' ? ' returns' : '';
  return `-${name}${label}${type} ${comment}`;
}
