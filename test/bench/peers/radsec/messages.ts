/** `key` and `cert` are PEM. */
export type ToRadsec =
  | { readonly type: 'start'; readonly key: string; readonly cert: string; readonly secret: string }
  | { readonly type: 'stop' };

export type FromRadsec =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string };
