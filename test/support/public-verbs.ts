import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { TenantRepository } from 'nestjs-rowguard';

const SOURCE = 'src';

/** Whose methods are asked for on their own. */
const ENDS: readonly unknown[] = [
  Object.prototype,
  TenantRepository.prototype,
  Object.getPrototypeOf(TenantRepository.prototype),
];

/** What a class declares for whoever uses it, and its bases below TenantRepository. */
export function publicVerbs(Class: Function): string[] {
  const verbs = new Set<string>();
  const parts = [Class.prototype as object];
  for (const part of parts) {
    const base = Object.getPrototypeOf(part) as object;
    if (!ENDS.includes(base)) parts.push(base);
    const hidden = HIDDEN.get(part.constructor.name);
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      if (typeof value !== 'function' || name === 'constructor' || hidden?.has(name)) continue;
      verbs.add(name);
    }
  }
  return [...verbs].toSorted();
}

/** By class: what TypeScript lets nobody else call, and JavaScript would. */
const HIDDEN = new Map(
  readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => classesIn(join(SOURCE, file)))
    .map((one) => [one.name?.text ?? '', new Set(one.members.filter(isHidden).map(nameOf))]),
);

function classesIn(file: string): ts.ClassDeclaration[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext);
  return source.statements.filter((statement) => ts.isClassDeclaration(statement));
}

function isHidden(member: ts.ClassElement): boolean {
  const hiding = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(member) & hiding) !== 0;
}

function nameOf(member: ts.ClassElement): string {
  return member.name && ts.isIdentifier(member.name) ? member.name.text : '';
}
