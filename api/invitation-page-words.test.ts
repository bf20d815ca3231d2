// Which language the page behind a link speaks.
import { describe, expect, it } from 'vitest'
import { languageFor, wordsOfThePage } from './invitation-page-words.ts'

describe('the language of the page', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['tr', 'tr'],
    ['TR-tr,tr;q=0.9,en-US;q=0.8,en;q=0.7', 'tr'],
    ['en-US,en;q=0.9,tr;q=0.8', 'en'],
    ['en;q=0.3,tr;q=0.8', 'tr'],
    ['fr-FR,fr;q=0.9', 'en'],
    ['tr;q=0', 'en'],
    ['en; q=0.2, TR-TR ; q = 0.9', 'tr'],
    ['*', 'en'],
    ['constructor,__proto__', 'en'],
  ])('of %j is %s', (asked, spoken) => expect(languageFor(asked)).toBe(spoken))

  it('has each sentence in each language', () => {
    const sentences = Object.values(wordsOfThePage).map((it) => Object.keys(it).toSorted())
    expect(new Set(sentences.map((it) => it.join())).size).toBe(1)
  })
})
