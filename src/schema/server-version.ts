/**
 * The first minor version of each major that has the fixes of the advisories on row-level security
 * and statistics (CVE-2024-10976 and CVE-2025-8713 the latest).
 */
const FLOORS: Readonly<Record<number, number>> = { 15: 14, 16: 10, 17: 6, 18: 0 };
const OLDEST_MAJOR = 15;

/** What to upgrade to, or undefined if the version is fine. `version`: server_version_num. */
export function requiredUpgrade(version: number): string | undefined {
  const major = Math.floor(version / 10_000);
  const minor = version % 10_000;
  if (major < OLDEST_MAJOR) return `${OLDEST_MAJOR}.${FLOORS[OLDEST_MAJOR]}`;
  const floor = FLOORS[major];
  return floor !== undefined && minor < floor ? `${major}.${floor}` : undefined;
}
