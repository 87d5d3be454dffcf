export function roomFindings(root: string): string[];
