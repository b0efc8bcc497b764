declare module 'qrcode/lib/core/qrcode.js' {
  interface Core {
    create(
      segments: { data: string; mode: 'alphanumeric' }[],
      options: { errorCorrectionLevel: 'M' },
    ): { modules: { size: number; get(row: number, column: number): number } };
  }
  const core: Core;
  export default core;
}
