/** What can be wrong with policies that needs the dictionary to be seen; the rest is in functions/config/problems.ts. */
export const POLICY_PROBLEMS = {
  'attribute-unknown': 'The dictionary has no attribute of this name.',
  'attribute-malformed': 'The value cannot be written as a value of this attribute.',
  'attribute-not-allowed':
    'The attribute must not be set by a policy: the bridge writes it itself, or an Access-Accept never has it.',
  'attribute-twice': 'The attribute occurs twice in one policy; letter case does not count.',
  'attributes-too-long': 'The attributes do not fit into one RADIUS packet.',
  'port-type-unknown': 'The dictionary has no NAS-Port-Type of this name.',
} as const;
export type PolicyProblemCode = keyof typeof POLICY_PROBLEMS;
