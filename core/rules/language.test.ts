// The detector on what customers write: short sentences of twenty languages, nothing where none stands out, nothing where two are mixed.
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { seed } from '../../test/support/seed.ts'
import { languageDetector, type Detector } from './language.ts'

const sentences: Readonly<Record<string, readonly string[]>> = {
  tr: [
    'Merhaba, siparişim nerede?',
    'iade istiyorum',
    'Kargom hala gelmedi lütfen yardım edin',
    'siparis nerede kaldi 3 gundur bekliyorum',
    'teşekkürler ilginiz için',
    'Ürün kırık geldi, değişim yapabilir misiniz?',
    'faturamı göremiyorum',
    'Şifremi unuttum giriş yapamıyorum',
    'urun bozuk cikti iade etmek istiyorum',
    'KARGO NEREDE ARTIK YETER',
    'Param ne zaman iade edilecek',
    'Bu ürünün XL bedeni var mı acaba',
    'iptal etmek istiyorum siparisimi',
    'Sipariş no 48213 hala kargoya verilmedi',
    'Numara küçük geldi',
  ],
  en: [
    'Where is my order?',
    'refund please',
    'My package has not arrived yet, please help',
    'I forgot my password and cannot log in',
    'How do I cancel my subscription?',
    'the item arrived broken',
    'Can you send me the invoice again',
    'still waiting for a reply',
    'This is unacceptable, I want my money back',
    'Do you ship to Canada?',
    'thank you for your help',
    'Is this jacket available in size M?',
    'wrong item received',
    'I was charged twice',
    'when will it be back in stock',
  ],
  de: [
    'Wo ist meine Bestellung?',
    'Ich möchte mein Geld zurück',
    'Das Paket ist nicht angekommen',
    'Können Sie mir die Rechnung schicken?',
    'Der Artikel ist kaputt',
    'Ich habe mein Passwort vergessen',
    'Wie kann ich kündigen?',
    'Falsche Größe geliefert',
    'Danke für die schnelle Hilfe',
  ],
  fr: [
    'Où est ma commande ?',
    'Bonjour, je voudrais un remboursement',
    "Mon colis n'est pas arrivé",
    "Je n'arrive pas à me connecter",
    "L'article est cassé",
    "Pouvez-vous m'envoyer la facture ?",
    'Comment annuler mon abonnement',
    'merci beaucoup pour votre aide',
  ],
  ar: [
    'أين طلبي؟ لم يصل بعد',
    'أريد استرداد أموالي',
    'المنتج وصل مكسور',
    'نسيت كلمة المرور',
    'شكرا على المساعدة',
    'متى سيتم شحن الطلب',
  ],
  ru: [
    'Где мой заказ?',
    'Хочу вернуть деньги',
    'Посылка не пришла',
    'Товар пришёл сломанный',
    'Не могу войти в аккаунт',
    'Спасибо за помощь',
    'Когда отправите заказ',
  ],
  es: [
    '¿Dónde está mi pedido?',
    'Quiero un reembolso',
    'El paquete no ha llegado todavía',
    'No puedo iniciar sesión',
    'El producto llegó roto',
    'Muchas gracias por la ayuda',
    'Cómo cancelo mi suscripción',
  ],
  it: [
    "Dov'è il mio ordine?",
    'Vorrei un rimborso',
    'Il pacco non è arrivato',
    'Ho dimenticato la password',
    'Grazie per il vostro aiuto',
  ],
  nl: [
    'Waar is mijn bestelling?',
    'Ik wil mijn geld terug',
    'Het pakket is niet aangekomen',
    'Ik kan niet inloggen',
    'Bedankt voor de hulp',
  ],
  pt: [
    'Onde está o meu pedido?',
    'Quero o meu dinheiro de volta',
    'A encomenda ainda não chegou',
    'Não consigo entrar na minha conta',
    'Obrigado pela ajuda',
  ],
  pl: ['Gdzie jest moje zamówienie?', 'Chcę zwrot pieniędzy', 'Paczka jeszcze nie dotarła', 'Nie mogę się zalogować'],
  uk: ['Замовлення не прийшло, де воно?', 'Хочу повернути гроші', 'Дякую за допомогу', 'Коли відправите замовлення'],
  fa: ['سفارش من کجاست؟', 'می خواهم پولم را پس بگیرم', 'بسته هنوز نرسیده است'],
  zh: ['我的订单在哪里？', '我要退款', '包裹还没有收到'],
  ja: ['注文はどこですか', '返金してください', '荷物がまだ届きません'],
  ko: ['주문한 상품이 어디에 있나요?', '환불해 주세요'],
  el: ['Πού είναι η παραγγελία μου;', 'Θέλω τα χρήματά μου πίσω'],
  az: ['Sifarişim haradadır?', 'Pulumu geri istəyirəm, məhsul qırıq gəldi'],
  sv: ['Var är min beställning?', 'Jag vill ha pengarna tillbaka', 'Paketet har inte kommit fram'],
  ro: ['Unde este comanda mea?', 'Vreau banii înapoi', 'Coletul nu a ajuns încă'],
}
/** Too short, names, codes, or no language at all. */
const none = [
  'teşekkürler',
  'Bestellung',
  'remboursement',
  '',
  ' ',
  'ok',
  'OK!',
  'hi',
  'slm',
  'mrb',
  '👍👍👍',
  '12345',
  'TR12 0006 4000 0011 2345 6789 01',
  'https://example.com/track/123',
  'ayse@example.com',
  'ORD-4821',
  '???',
  'John Doe',
  'iPhone 15 Pro Max 256GB',
  'asdkjhaskdjh qweoiu zxcmn',
  'GDPR ISO API',
  'lol',
  'hmm',
  'SKU 99-AB-12',
  '+90 532 111 22 33',
  'Google Play Store',
  'a',
  'test',
  'XL',
  'PayPal',
]
const mixed = [
  'Hello merhaba thanks teşekkürler',
  'bu ürün çok kötü, never buy again',
  'Merhaba, my order has not arrived, ne zaman gelir, please answer',
  'Hallo, where is my order? Ich warte schon lange',
  'Siparişim gelmedi. My order did not arrive. Lütfen yardım edin. Please help me.',
]

let detect: Detector
beforeAll(async () => {
  detect = await languageDetector()
})
const all = Object.entries(sentences).flatMap(([language, its]) => its.map((text) => ({ language, text })))

describe('D71 the language of what customers write', () => {
  it('D71 is read from one sentence, or not told: hardly ever another one', () => {
    const told = all.map(({ language, text }) => ({ text, language, found: detect(text)?.language ?? null }))
    const wrong = told.filter(({ language, found }) => found !== null && found !== language)
    // Azerbaijani without its own letters is nearly Turkish.
    expect(wrong.map(({ text }) => text)).toEqual(['Sifarişim haradadır?'])
    expect(told.filter(({ found }) => found === null).length).toBeLessThanOrEqual(6)
  })
  it.each(Object.entries(sentences).filter(([, its]) => its.length >= 5))(
    'D71 %s: of several sentences it is sure',
    (language, its) => {
      const found = detect(its.slice(0, 5).join('. '))
      expect([found?.language, (found?.confidence ?? 0) > 0.6]).toEqual([language, true])
    },
  )
  it('D71 Turkish in capitals, and without its letters', () => {
    for (const text of [
      'TEŞEKKÜRLER SİPARİŞİM GELDİ',
      'siparis nerede kaldi 3 gundur bekliyorum',
      'İADE İSTİYORUM ÜRÜN BOZUK ÇIKTI',
    ])
      expect([text, detect(text)?.language]).toEqual([text, 'tr'])
  })
  it('D71 addresses, links and codes do not count', () => {
    const text =
      'https://shop.example/my-account/orders/where-is-my-order siparişim ORD-55-AB nerede kaldı ayse.order@please-help.example'
    expect(detect(text)?.language).toBe('tr')
  })
  it.each(none.map((text) => [text]))('D71 none stands out in %j', (text) => {
    expect(detect(text)).toBeNull()
  })
  it.each(mixed.map((text) => [text]))('D71 two are mixed in %j', (text) => {
    expect(detect(text)).toBeNull()
  })
  it('D71 a word of another language mixes nothing', () => {
    expect(
      detect('Merhaba, siparişim hala gelmedi ve kimse cevap vermiyor, çok üzgünüm. Lütfen acil yardım edin. Thanks')
        ?.language,
    ).toBe('tr')
  })
  it(`D71 S15 whatever the text, the answer is a language with a confidence, or nothing, seed ${seed}`, () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(...all.map((it) => it.text), ...none, '@@@@', 'www.', 'a.'.repeat(600), '\uD800', '\u0000'),
          { maxLength: 8 },
        )
        .map((it) => it.join(' ')),
    )
    fc.assert(
      fc.property(text, (written) => {
        const { language, confidence } = detect(written) ?? { language: 'en', confidence: 1 }
        expect(language).toMatch(/^[a-z]{2,3}$/)
        expect(confidence > 0 && confidence <= 1).toBe(true)
      }),
      { seed, numRuns: 200 },
    )
  })
})
