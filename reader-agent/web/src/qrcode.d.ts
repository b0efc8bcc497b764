declare module 'qrcode/lib/core/qrcode.js' {
  interface Core {
    create(
      segments: { data: string; mode: 'alphanumeric' }[],
      options: { version: number; errorCorrectionLevel: 'M'; maskPattern: number },
    ): { modules: { size: number; get(row: number, column: number): number } };
  }
  const core: Core;
  export default core;
}
