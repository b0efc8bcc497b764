export async function verifyApiFigures(): Promise<object[]> { return []; }
