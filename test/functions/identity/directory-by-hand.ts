import type {
  Directory,
  PasswordVerdict,
  Question,
  UserLookup,
} from '../../../functions/identity/directory.ts';

/** A directory over the network whose answers the test gives. */
export interface DirectoryByHand {
  readonly directory: Directory;
  /** Every question so far, the names as they were received. */
  readonly asked: readonly { readonly name: string; readonly question: Question }[];
  /** What look-ups end with; each is asked for anew. */
  find(answer: (question: Question) => UserLookup | Promise<UserLookup>): void;
  /** What password checks end with. */
  verify(answer: (question: Question, password: Buffer) => PasswordVerdict | Promise<PasswordVerdict>): void;
}

/** Knows nobody, and no password, until the test says otherwise. */
export function directoryByHand(name: string): DirectoryByHand {
  const asked: { name: string; question: Question }[] = [];
  let finding: (question: Question) => UserLookup | Promise<UserLookup> = () => ({ kind: 'unknown-user' });
  let verifying: (question: Question, password: Buffer) => PasswordVerdict | Promise<PasswordVerdict> =
    () => ({ kind: 'wrong' });
  return {
    directory: {
      name,
      kind: 'entra',
      async find({ text }, question) {
        asked.push({ name: text, question });
        return finding(question);
      },
      verifyPassword: async (_user, password, question) => verifying(question, password),
      spendVerification: () => Promise.resolve(),
    },
    asked,
    find(answer) {
      finding = answer;
    },
    verify(answer) {
      verifying = answer;
    },
  };
}
