export async function gateAgentFigures(): Promise<object[]> { return []; }
