// S13: what a file is called by its sender is a label, and stays one.
import { describe, expect, it } from 'vitest'
import { cleanFileName, generatedName } from './file-name.ts'

describe('file names', () => {
  const cases: readonly (readonly [name: string, clean: string])[] = [
    ['contract (final) v2.pdf', 'contract (final) v2.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system32\\cmd.exe', 'cmd.exe'],
    ['/absolute/fatura.pdf', 'fatura.pdf'],
    ['fatura\u202efdp.exe', 'faturafdp.exe'],
    ['a\r\nContent-Type: text/html\r\n.pdf', 'html.pdf'],
    ['nul\u0000byte.pdf', 'nulbyte.pdf'],
    ['CON.txt', '_CON.txt'],
    ['lpt1', '_lpt1'],
    ['console.log', 'console.log'],
    ['  .hidden.  ', 'hidden'],
    ['a<b>:"|?*.txt', 'ab.txt'],
    ['\ud800half.png', 'half.png'],
    ['ürün görseli.jpg', 'ürün görseli.jpg'],
    ['zero\u200bwidth.pdf', 'zerowidth.pdf'],
  ]
  it.each(cases)('S13 S12 %j becomes %j', (name, clean) => {
    expect(cleanFileName(name, 'file.bin')).toBe(clean)
  })
  it.each([undefined, '', '..', '/', '\u202e', ' . '])('S13 of %j nothing is left', (name) => {
    expect(cleanFileName(name, 'image.jpg')).toBe('image.jpg')
  })
  it('S13 is bounded and keeps its ending, whole characters only', () => {
    const long = cleanFileName(`${'🙂'.repeat(500)}.pdf`, 'x')
    expect([...long]).toHaveLength(120)
    expect(long.endsWith('🙂.pdf')).toBe(true)
    expect(long.isWellFormed()).toBe(true)
  })
  it('makes a name from the type where there is none', () => {
    expect(generatedName('voice', 'audio/ogg; codecs=opus')).toBe('voice.ogg')
    expect(generatedName('file', 'constructor')).toBe('file.bin')
  })
})
