// The detector's table of n-grams in a form that is small where it is read: made from the tables of the package eld.

/** As the package keeps it: by n-gram the languages that have it, each with how much it says; bytes that are no letters of ASCII by signs of its own. */
interface Tables {
  readonly type: string
  readonly languages: Readonly<Record<string, string>>
  readonly ngrams: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The package shows its detector alone; its tables lie beside it. */
async function inside(path: string): Promise<Readonly<Record<string, unknown>>> {
  const entry = import.meta.resolve('eld/extrasmall')
  return (await import(new URL(path, entry).href)) as Readonly<Record<string, unknown>>
}

/** `ngrams`: after one another by their bytes, each as the length of its bytes, the bytes, how many languages, and of each its number and its weight. */
export async function languageTable(): Promise<string> {
  const { ngramsData } = (await inside('../ngrams/extrasmall.js')) as { readonly ngramsData: Tables }
  const { avgScore } = (await inside('../avgScore.js')) as { readonly avgScore: Readonly<Record<string, number>> }
  const { dictionary } = (await inside('../dictionary.js')) as { readonly dictionary: readonly string[] }
  // Bytes that no text has are spaces there, and so are the ends of words.
  const byteOf = new Map([...dictionary.map((sign, byte) => [sign, byte] as const), [' ', 0x20] as const])
  const bytesOf = (ngram: string) => Buffer.from(Array.from(ngram, (sign) => byteOf.get(sign)!))
  const entries = Object.entries(ngramsData.ngrams).map(([ngram, weights]) => ({ bytes: bytesOf(ngram), weights }))
  const inOrder = entries.toSorted((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
  const written = inOrder.flatMap(({ bytes, weights }) => {
    const each = Object.entries(weights).flatMap(([language, weight]) => [Number(language), weight])
    return [bytes.length, ...bytes, each.length / 2, ...each]
  })
  return `${JSON.stringify({
    from: 'The extrasmall tables of eld (Efficient Language Detector), © Nito T.M., licence Apache-2.0, in another form',
    languages: Object.values(ngramsData.languages).map((language) => ({ language, usual: avgScore[language] })),
    ngrams: Buffer.from(written).toString('base64'),
  })}\n`
}
