/** Residents of a building, by the source and by the register. */
export interface BuildingDrift {
  readonly building: string;
  readonly source: number;
  readonly register: number;
}

/** Buildings whose residents the source and the register count differently, the largest difference first. */
export function driftOf(
  source: Readonly<Record<string, number>>,
  register: Readonly<Record<string, number>>,
): BuildingDrift[] {
  const buildings = [...new Set([...Object.keys(source), ...Object.keys(register)])].sort();
  return buildings
    .map((building) => ({ building, source: source[building] ?? 0, register: register[building] ?? 0 }))
    .filter((one) => one.source !== one.register)
    .sort((one, other) => Math.abs(other.source - other.register) - Math.abs(one.source - one.register));
}
