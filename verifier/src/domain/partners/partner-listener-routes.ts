/** What the listener for partners' certificates answers: the partner API, in whatever version, and nothing else. */
export function isPartnerRoute(_method: string, target: string): boolean {
  return (
    /^\/partner\/[a-z0-9]{1,8}\/[A-Za-z0-9_./-]{1,200}$/.test(target.split('?', 1)[0] ?? '') && !target.includes('..')
  );
}
