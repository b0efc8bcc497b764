declare module 'qrcode/lib/core/qrcode.js' {
  interface Symbol {
    modules: { size: number; get(row: number, column: number): number };
  }
  interface Core {
    create(
      segments: { data: string; mode: 'alphanumeric' }[],
      options: { version: number; errorCorrectionLevel: 'L'; maskPattern: number },
    ): Symbol;
  }
  const core: Core;
  export default core;
}
