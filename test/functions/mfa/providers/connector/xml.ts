import { SaxesParser } from 'saxes';

/** The leaves of a document in order: the path of names as written, and the text. */
export function leavesOf(xml: string): [path: string, text: string][] {
  const parser = new SaxesParser({ xmlns: true });
  const leaves: [string, string][] = [];
  const path: string[] = [];
  let text = '';
  let leaf = false;
  parser.on('opentag', ({ name, local, uri }) => {
    path.push(uri === '' ? name : `{${uri}}${local}`);
    text = '';
    leaf = true;
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', () => {
    if (leaf) leaves.push([path.slice(1).join(' '), text]);
    leaf = false;
    path.pop();
  });
  parser.write(xml).close();
  return leaves;
}
