/** What people are told of on all their channels: each change of how they sign in. */
export type CredentialNotice =
  | 'account-claimed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'password-changed'
  | 'recovery-used'
  | 'recovery-codes-made'
  | 'recovery-opened';

/** Called after the change has been committed; never refuses it. */
export type Notify = (accountId: string, kind: CredentialNotice) => Promise<void>;
