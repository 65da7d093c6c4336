/** What the emulator runs with. */
export interface AzuriteStart {
  readonly type: 'start';
  readonly service: 'table' | 'blob';
  readonly directory: string;
  /** TCP; 0 takes a free one. */
  readonly port: number;
  /** PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a supervisor says to the emulator over IPC; `start` first and once. */
export type ToAzurite = AzuriteStart | { readonly type: 'stop' };

/** What the emulator says. When it cannot start, it ends with a sentence on standard error. */
export type FromAzurite = { readonly type: 'ready'; readonly port: number };
