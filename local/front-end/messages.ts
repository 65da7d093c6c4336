/** What a supervisor says to the front end over IPC. */
export type ToFrontEnd =
  | { readonly type: 'start'; readonly key: string; readonly cert: string; readonly port: number }
  /** The loopback ports of the app's instances from now on. */
  | { readonly type: 'instances'; readonly ports: readonly number[] }
  | { readonly type: 'stop' };

/** What the front end says. */
export type FromFrontEnd =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  /** The list of instances has taken effect. */
  | { readonly type: 'instances'; readonly ports: readonly number[] };
