// How mail programs introduce what they quote, by language; a new language is a line here. Each is tried on one short line.

/** `On Mon, Ana wrote:` in many tongues: the whole line, or two joined. */
export const wroteLines: readonly RegExp[] = [
  /^on\b.{5,250}\bwrote\s*:?$/i,
  /^.{5,250}(?:şunu|şunları)\s+yazdı\s*(?:\([^()]{5,60}\)\s*)?:?$/iu,
  /^.{5,250}\btarihinde\b.{0,200}\byazdı\s*:?$/iu,
  /^am\b.{5,250}\bschrieb\b.{0,200}:?$/i,
  /^le\b.{5,250}a écrit\s*:?$/i,
  /^el\b.{5,250}escribió\s*:?$/i,
  /^il\b.{5,250}ha scritto\s*:?$/i,
  /^em\b.{5,250}escreveu\s*:?$/i,
  /^op\b.{5,250}schreef\b.{0,200}:?$/i,
  /^op\b.{5,250}\bheeft\b.{3,250}\bgeschreven\s*:?$/i,
  /^den\b.{5,250}(?:skrev|skrev följande)\b.{0,200}:?$/i,
  /^(?:w dniu|dnia)\b.{5,250}(?:napisał|pisze)\S{0,10}\s*:?$/i,
  /^.{5,250}(?:пишет|написал|написала|написал\(а\))\s*:?$/i,
  /^.{3,250}(?:写道|寫道)\s*[:：]?$/,
  /^.{3,250}(?:のメール|書きました)\s*[:：]?$/,
  /^.{5,250}كتب\S{0,4}\s*:?$/,
  // Yandex says it without a word.
  /^\d{1,2}\.\d{2}\.\d{4},? \d{1,2}:\d{2}, .{1,200}<[^<>\s]{3,320}>\s?:$/,
]

const separators: readonly RegExp[] = [
  /^[-_*=\s]{2,40}(?:original message|forwarded message|original appointment|özgün ileti|özgün mesaj|orijinal mesaj|orijinal ileti|yönlendirilen ileti|iletilen ileti|yönlendirilmiş mesaj|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original|oorspronkelijk bericht|ursprungligt meddelande|oryginalna wiadomość|исходное сообщение|пересылаемое сообщение|原始邮件|转发的邮件)[-_*=\s]{0,40}$/iu,
  /^begin forwarded message:$/i,
  /^_{20,}$/,
  /^##-.{1,200}-##$/,
]

/** A line after which everything is somebody else's. İ is no capital of i to a pattern, whatever its flags. */
export const isSeparator = (line: string): boolean => {
  const folded = line.normalize('NFC').replaceAll('İ', 'i')
  return separators.some((it) => it.test(folded))
}

/** Names of the header lines that Outlook and others put over a quote. Three of one language on lines that follow each other. */
export const headerNames: readonly (readonly [string, ...string[]])[] = [
  ['from', 'sent', 'date', 'to', 'cc', 'subject', 'reply-to'],
  ['kimden', 'gönderen', 'gönderildi', 'tarih', 'kime', 'bilgi', 'konu', 'gönderme tarihi'],
  ['von', 'gesendet', 'datum', 'an', 'cc', 'betreff'],
  ['de', 'envoyé', 'date', 'à', 'cc', 'objet'],
  ['de', 'enviado', 'enviado el', 'fecha', 'para', 'cc', 'asunto', 'data', 'assunto', 'enviada em'],
  ['da', 'inviato', 'data', 'a', 'cc', 'oggetto'],
  ['van', 'verzonden', 'datum', 'aan', 'cc', 'onderwerp'],
  ['från', 'skickat', 'datum', 'till', 'kopia', 'ämne'],
  ['od', 'wysłano', 'data', 'do', 'dw', 'temat'],
  ['от', 'отправлено', 'дата', 'кому', 'копия', 'тема'],
  ['发件人', '发送时间', '日期', '收件人', '抄送', '主题'],
  ['差出人', '送信日時', '日時', '宛先', '件名', 'cc'],
  ['من', 'تاريخ الإرسال', 'إلى', 'الموضوع', 'نسخة'],
]
