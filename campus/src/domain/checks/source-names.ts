/** The register's own name as a source; it answers by what it holds where a step says what is asked. */
export const REGISTER_SOURCE = 'register';
/** Names no source system can be registered under. */
export const RESERVED_SOURCES: readonly string[] = [REGISTER_SOURCE, 'places', 'effects', 'calendar'];
