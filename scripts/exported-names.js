import ts from 'typescript';

/** Every public name of each door with its kind, one a line: values and types alike. */
export function exportedNames(doors) {
  const entries = doors.map(([, file]) => file);
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const lines = doors.flatMap(([door, entry]) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
    const names = module ? checker.getExportsOfModule(module) : [];
    return names.map((name) => `${door} ${kindOf(name, checker)} ${name.name}`);
  });
  return `${lines.toSorted((one, other) => (one < other ? -1 : 1)).join('\n')}\n`;
}

function kindOf(symbol, checker) {
  const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Function) return 'function';
  return flags & ts.SymbolFlags.Value ? 'const' : 'type';
}
