import type { Translate } from './translate.js';

/** Taking an offer. */
export const claimTexts = {
  title: ['领取学生证', 'Get your student ID'],
  'title-other': ['领取证件', 'Get a credential'],
  'how-title': ['从链接或二维码领取', 'From a link or QR code'],
  how: [
    '点开学校发的链接就会到这里。也可以扫二维码，或把链接、录取信上的 16 位领取码填在下面。',
    'Opening the link from your university leads here. You can also scan the QR code, or enter the link or the 16 signs on your letter below.',
  ],
  scan: ['扫二维码', 'Scan QR code'],
  'scan-stop': ['停止扫码', 'Stop scanning'],
  'scan-label': ['相机画面', 'Camera picture'],
  paste: ['领取链接或领取码', 'Link or claim code'],
  'paste-help': [
    '链接以 openid-credential-offer:// 或 https:// 开头；领取码形如 XXXX-XXXX-XXXX-XXXX',
    'A link begins with openid-credential-offer:// or https://; a claim code looks like XXXX-XXXX-XXXX-XXXX',
  ],
  open: ['继续', 'Continue'],
  opening: ['正在读取…', 'Reading…'],
  'offered-by': ['发证方', 'Issued by'],
  address: ['地址', 'Address'],
  offered: ['内容', 'Contents'],
  'offered-student-id': ['电子学生证', 'Electronic student ID'],
  'offered-alumni': ['电子校友证', 'Electronic alumni ID'],
  'offered-pass': ['校外核验用的一次性凭条', 'Single-use passes for checks off campus'],
  'offered-gate-key': ['校内闸机码', 'Campus gate code'],
  'offered-mdoc': [
    '同一张证的另一种格式（mdoc），供支持它的核验方使用',
    'The same card in a second format (mdoc), for checkers that use it',
  ],
  'offered-not-supported': [
    '另有 {count} 项这里存不了，不会领取',
    '{count} more that cannot be held here and will not be taken',
  ],
  foreign: [
    '不认识这个发证方：{host} 不是 {name} 的发证服务，学校没有为它作证。证件会单独存放，本校闸机不认。先确认是谁给你的链接。',
    'Unknown issuer: {host} is not the issuing service of {name}, and your university does not vouch for it. The card will be kept apart, and gates here do not know it. Make sure you know who gave you the link.',
  ],
  'sign-in-title': ['没有链接', 'No link'],
  'sign-in-how': [
    '用学校账号登录，就能领取。需要绑定在设备上的通行密钥。',
    'Sign in with your university account to get your card. This needs a passkey bound to a device.',
  ],
  'sign-in': ['登录并领取学生证', 'Sign in to get the student ID'],
  'sign-in-instead': ['没有确认码，改用登录', 'No code: sign in instead'],
  'sign-in-where': [
    '接下来会打开发证方的登录页，登录后自动回到这里。',
    'Next comes the sign-in page of the issuer, which leads back here.',
  ],
  'signed-in': ['已登录，正在领取…', 'Signed in. Getting your card…'],
  retry: ['再试一次', 'Try again'],
  'start-again': ['重新开始领取', 'Start again'],
  'tx-code': ['确认码', 'Code'],
  'tx-code-help': ['学校另外告诉你的 {length} 位数字', 'The {length} digits your university told you separately'],
  'tx-code-form': ['请填 {length} 位数字，现在是 {found} 位。', 'Enter {length} digits. There are {found} now.'],
  claim: ['领取', 'Get it'],
  'claim-sign-in': ['登录并领取', 'Sign in and get it'],
  'claim-resume': ['继续领取', 'Go on'],
  cancel: ['不领取', 'Not now'],
  replaces: ['这部手机里原来的证会被换成新的。', 'The card on this phone is replaced by the new one.'],
  'step-redeem': ['核对确认码', 'Checking the code'],
  'step-student-id': ['制作 10 份学生证', 'Making 10 copies of your student ID'],
  'step-other': ['制作并检查证件', 'Making and checking the card'],
  'step-pass': ['制作 8 张一次性凭条', 'Making 8 single-use passes'],
  'step-gate-key': ['登记闸机码', 'Enrolling the gate code'],
  'step-store': ['存进手机', 'Storing on this phone'],
  done: ['学生证已经在这部手机里了', 'Your student ID is on this phone'],
  'done-other': ['证件已经在这部手机里了', 'The card is on this phone'],
  'done-other-go': ['看这张证', 'See the card'],
  'done-go': ['去出示', 'Show it'],
  'problem-tx-code-wrong': [
    '确认码不对，还可以试 {left} 次。请看清学校告诉你的数字；连错 5 次，这个链接就作废。',
    'The code is wrong. You can try {left} more times. Check the digits your university told you; after 5 wrong tries this link ends.',
  ],
  'problem-tx-code-wrong-last': [
    '确认码不对，还可以试最后 1 次。再错，这个链接就作废，要请学校重新发。',
    'The code is wrong. You can try once more. If that is wrong too, this link ends and your university has to send another.',
  ],
  'problem-offer-gone': [
    '这个链接已经用过、过期，或者确认码错了 5 次。请学校重新发一个，手机里原来的证不受影响。',
    'This link was used, has expired, or had 5 wrong codes. Ask your university for another. What is on this phone stays as it is.',
  ],
  'problem-offer-unreadable': [
    '这不是领取链接。请完整复制学校发的链接，或者扫它的二维码。',
    'This is not a link for a student ID. Copy the whole link from your university, or scan its QR code.',
  ],
  'problem-offer-too-large': [
    '这段内容太长，不是领取链接。请只粘贴链接。',
    'This is too long to be a link. Paste only the link.',
  ],
  'problem-offer-address-unsafe': [
    '这个链接没有加密（不是 https），所以没有打开。请问学校要正确的链接。',
    'This link is not encrypted (not https), so it was not opened. Ask your university for the right one.',
  ],
  'problem-offer-not-supported': [
    '这个链接要用的领取方式，这里还不支持。请学校换一种方式发。',
    'This link uses a way of issuing that is not supported here. Ask your university for another.',
  ],
  'problem-offer-malformed': [
    '链接里的内容不完整，没有领取。请学校重新发一个。',
    'What the link holds is not complete, so nothing was taken. Ask your university for another.',
  ],
  'problem-authorization-unknown': [
    '这里没有等待中的登录：可能已经用过，或者是在别的浏览器里开始的。请在这里重新开始；什么也没有领取。',
    'No sign-in is waiting here: it was used, or was begun in another browser. Start again here. Nothing was taken.',
  ],
  'problem-authorization-malformed': [
    '登录页带回来的内容不完整，没有领取。请重新开始。',
    'What the sign-in brought back is not complete, so nothing was taken. Start again.',
  ],
  'problem-authorization-state-wrong': [
    '带回来的不是这次登录的答复，可能有人冒充，所以没有领取。请从这里重新开始。',
    'This is not the answer to your sign-in. Somebody may be pretending, so nothing was taken. Start again from here.',
  ],
  'problem-authorization-issuer-wrong': [
    '答复不是来自你登录的那个服务，可能有人冒充，所以没有领取。请从这里重新开始。',
    'The answer is not from the service you signed in at. Somebody may be pretending, so nothing was taken. Start again from here.',
  ],
  'problem-authorization-late': [
    '登录花的时间超过 30 分钟，已经失效。请重新开始，什么也没有丢。',
    'The sign-in took more than 30 minutes and has ended. Start again; nothing is lost.',
  ],
  'problem-authorization-declined': [
    '你在登录页选择了不同意，所以没有领取。想领取时再开始一次。',
    'You did not agree at the sign-in, so nothing was taken. Start again when you want the card.',
  ],
  'problem-authorization-refused': [
    '登录服务没有同意领取（{code}）。请再试一次；还不行请问学校。',
    'The sign-in service did not allow it ({code}). Try again; if that does not help, ask your university.',
  ],
  'problem-server-not-found': [
    '这个发证方不提供可用的登录，所以没有领取。请向它要带确认码的链接。',
    'This issuer has no sign-in that can be used here, so nothing was taken. Ask it for a link with a code.',
  ],
  'problem-issuance-deferred': [
    '发证方还在审核（例如照片），现在还拿不到。页面开着会自动再试；也可以过些时候再打开。',
    'The issuer is still checking (a photo, say), so there is nothing to get yet. Left open, this page tries again by itself; or come back later.',
  ],
  'problem-no-answer': [
    '没有连上发证服务。请检查网络再试；已经核对过的确认码不用再填。',
    'The issuing service did not answer. Check your network and try again; a code that was accepted need not be entered again.',
  ],
  'problem-credential-invalid': [
    '收到的证件没有通过检查，所以没有存。请再试一次；还不行请告诉学校。',
    'The card that came did not pass the checks, so it was not kept. Try again; if that does not help, tell your university.',
  ],
  'problem-claim-code-invalid': [
    '领取码不对、已用过或已过期。请核对信上的 16 位码；不行请到学院办公室换一张。',
    'The claim code is wrong, used or expired. Check the 16 signs on your letter; if that does not help, your college office gives you another.',
  ],
  'problem-claim-not-eligible': [
    '你的学籍状态现在不能领取学生证。请联系学院办公室。',
    'Your enrolment status does not allow a student ID now. Ask your college office.',
  ],
  'problem-claim-contact-missing': [
    '名册里没有你的手机号或邮箱，验证码发不出去。请带身份证件到窗口领取。',
    'The register holds no phone number or e-mail of yours, so the code cannot be sent. Claim at a window with your papers.',
  ],
  'problem-too-many-requests': ['试得太多了。请过几分钟再试。', 'Too many tries. Wait a few minutes.'],
  'problem-credential_request_denied': [
    '学校目前停用了你的证，所以不能领取。有疑问请找学生事务窗口。',
    'The university has suspended your card, so none can be issued. Questions: student affairs desk.',
  ],
  'problem-refused': [
    '发证服务没有给证。请再试一次；还不行请学校重新发链接。',
    'The issuing service did not give the card. Try again; if that does not help, ask your university for another link.',
  ],
  'problem-storage': [
    '手机没有存下来。请清出一些空间再试，确认码不用再填。',
    'The phone could not store it. Free some space and try again; the code need not be entered again.',
  ],
  'problem-camera': [
    '相机没有打开。请在浏览器设置里允许相机，或者粘贴链接。',
    "The camera did not open. Allow it in the browser's settings, or paste the link.",
  ],
} as const;

export type ClaimT = Translate<typeof claimTexts>;
export type ClaimKey = keyof typeof claimTexts;
