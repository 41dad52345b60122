/**
 * What pylatexenc 2.10 prints for a LaTeX macro when it turns LaTeX into text: mathruler grades that text.
 * Facts about pylatexenc (MIT, (c) Philippe Faist); document macros (sections, citations, links) are left out.
 */

/** Macros without arguments, as `name text` pairs: no name and no text here holds a blank. */
const symbolPairs = `
# # $ $ % % & & AA Å AE Æ Alpha Α Angle ⦜ Beta Β Bumpeq ≎ Cap ⋒ Chi Χ Colon ∷ Cup ⋓ DH Ð DJ Đ Delta Δ
Digamma Ϝ DownArrowBar ⤓ DownArrowUpArrow ⇵ DownLeftRightVector ⥐ DownLeftTeeVector ⥞
DownLeftVectorBar ⥖ DownRightTeeVector ⥟ DownRightVectorBar ⥗ Downarrow ⇓ Epsilon Ε Equal ⩵ Eta Η
Gamma Γ IJ Ĳ Ident 𝕀 Iota Ι Kappa Κ Koppa Ϟ L Ł Lambda Λ LeftDownTeeVector ⥡ LeftDownVectorBar ⥙
LeftRightVector ⥎ LeftTeeVector ⥚ LeftTriangleBar ⧏ LeftUpDownVector ⥑ LeftUpTeeVector ⥠
LeftUpVectorBar ⥘ LeftVectorBar ⥒ Leftarrow ⇐ Leftrightarrow ⇔ Lleftarrow ⇚ Longleftarrow ⟸
Longleftrightarrow ⟺ Longrightarrow ⟹ Lsh ↰ Mu Μ NG Ŋ NestedGreaterGreater ⪢ NestedLessLess ⪡ Nu Ν O Ø
OE Œ Omega Ω Omicron Ο Phi Φ Pi Π Psi Ψ ReverseUpEquilibrium ⥯ Rho Ρ RightDownTeeVector ⥝
RightDownVectorBar ⥕ RightTeeVector ⥛ RightTriangleBar ⧐ RightUpDownVector ⥏ RightUpTeeVector ⥜
RightUpVectorBar ⥔ RightVectorBar ⥓ Rightarrow ⇒ RoundImplies ⥰ Rrightarrow ⇛ Rsh ↱ RuleDelayed ⧴
Sampi Ϡ Sigma Σ Stigma Ϛ Subset ⋐ Supset ⋑ TH Þ Tau Τ Theta Θ UpArrowBar ⤒ UpEquilibrium ⥮ Uparrow ⇑
Updownarrow ⇕ Upsilon Υ VDash ⊫ Vdash ⊩ Vert ‖ Vvdash ⊪ Xi Ξ Zeta Ζ _ _ aa å ae æ aleph ℵ allequal ≌
alpha α amalg ⨿ angle ∠ approx ≈ approxeq ≊ approxnotequal ≆ aquarius ♒ arccos arccos arccosh arccosh
arcsin arcsin arcsinh arcsinh arctan arctan arctanh arctanh aries ♈ arrowwaveleft ↜ arrowwaveright ↝
ast ∗ asymp ≍ backepsilon ϶ backprime ‵ backsim ∽ backsimeq ⋍ barwedge ⌅ because ∵ beta β beth ℶ
between ≬ bigcap ⋂ bigcirc ◯ bigcup ⋃ bigoplus ⊕ bigotimes ⊗ bigtriangledown ▽ bigtriangleup △ bigvee ⋁
bigwedge ⋀ blacklozenge ⧫ blacksquare ▪ blacktriangle ▴ blacktriangledown ▾ blacktriangleleft ◂
blacktriangleright ▸ bowtie ⋈ boxdot ⊡ boxminus ⊟ boxplus ⊞ boxtimes ⊠ bullet ∙ bumpeq ≏ cancer ♋ cap ∩
capricornus ♑ cdot · cdots ⋯ chi χ circ ∘ circeq ≗ circlearrowleft ↺ circlearrowright ↻ circledS Ⓢ
circledast ⊛ circledcirc ⊚ circleddash ⊝ clockoint ⨏ clwintegral ∱ complement ∁ cong ≅ coprod ∐ cos cos
cosh cosh cup ∪ curlyeqprec ⋞ curlyeqsucc ⋟ curlyvee ⋎ curlywedge ⋏ curvearrowleft ↶ curvearrowright ↷
dag † dagger † daleth ℸ dashv ⊣ dblarrowupdown ⇅ ddddot ⃜ dddot ⃛ ddots ⋱ delta δ dh ð diagup ╱
diamond ♢ digamma ϝ div ÷ divideontimes ⋇ dj đ doteq ≐ doteqdot ≑ dotplus ∔ dots … dotsb … dotsc …
dotsi … dotsm … dotso … downarrow ↓ downdownarrows ⇊ downharpoonleft ⇃ downharpoonright ⇂
downslopeellipsis ⋱ eighthnote ♪ ell ℓ emptyset ∅ epsilon ϵ eqcirc ≖ eqslantgtr ⪖ eqslantless ⪕ equiv ≡
estimates ≙ eta η eth ƪ exists ∃ exp exp fallingdotseq ≒ flat ♭ forall ∀ forcesextra ⊨ frown ⌢ gamma γ
ge ≥ gemini ♊ geq ≥ geqq ≧ geqslant ⩾ gg ≫ gimel ℷ gnapprox ⪊ gneq ⪈ gneqq ≩ gnsim ⋧ greaterequivlnt ≳
gtrapprox ⪆ gtrdot ⋗ gtreqless ⋛ gtreqqless ⪌ gtrless ≷ gtrsim ≳ guillemotleft « guillemotright »
guilsinglleft ‹ guilsinglright › hbar ħ hermitconjmatrix ⊹ homothetic ∻ hookleftarrow ↩ hookrightarrow ↪
hslash ℏ i ı id 𝕀 iddots ⋰ iiint ∭ iint ∬ ij ĳ image ⊷ in ∈ inf inf infty ∞ int ∫ intercal ⊺ iota ι j ȷ
jupiter ♃ kappa κ l ł lVert ‖ lambda λ langle ⟨ lazysinv ∾ lbrace { lceil ⌈ ldots … le ≤ leftarrow ←
leftarrowtail ↢ leftharpoondown ↽ leftharpoonup ↼ leftleftarrows ⇇ leftrightarrow ↔ leftrightarrows ⇆
leftrightharpoons ⇋ leftrightsquigarrow ↭ leftthreetimes ⋋ leo ♌ leq ≤ leqq ≦ leqslant ⩽ lessapprox ⪅
lessdot ⋖ lesseqgtr ⋚ lesseqqgtr ⪋ lessequivlnt ≲ lessgtr ≶ lesssim ≲ lfloor ⌊ libra ♎ lim lim ll ≪
llcorner ⌞ lmoustache ⎰ ln ln lnapprox ⪉ lneq ⪇ lneqq ≨ lnot ¬ lnsim ⋦ log log longleftarrow ⟵
longleftrightarrow ⟷ longmapsto ⟼ longrightarrow ⟶ looparrowleft ↫ looparrowright ↬ lozenge ◊ lrcorner ⌟
ltimes ⋉ lvert | male ♂ mapsto ↦ max max measuredangle ∡ mercury ☿ mho ℧ mid | min min mp ∓ mu μ
multimap ⊸ nLeftarrow ⇍ nLeftrightarrow ⇎ nRightarrow ⇏ nVDash ⊯ nVdash ⊮ nabla ∇ natural ♮ nearrow ↗
neptune ♆ neq ≠ nexists ∄ ng ŋ ngeq ≱ ngtr ≯ ni ∋ nleftarrow ↚ nleftrightarrow ↮ nleq ≰ nless ≮ nmid ∤
notgreaterless ≹ notin ∉ notlessgreater ≸ nparallel ∦ nprec ⊀ nrightarrow ↛ nsubseteq ⊈ nsucc ⊁
nsupseteq ⊉ ntriangleleft ⋪ ntrianglelefteq ⋬ ntriangleright ⋫ ntrianglerighteq ⋭ nu ν nvDash ⊭ nvdash ⊬
nwarrow ↖ o ø odot ⊙ oe œ oint ∮ omega ω omicron ο ominus ⊖ openbracketleft 〚 openbracketright 〛 oplus ⊕
original ⊶ oslash ⊘ otimes ⊗ parallel ∥ partial ∂ perp ⊥ perspcorrespond ⩞ phi ϕ pi π pisces ♓
pitchfork ⋔ pluto ♇ pm ± prec ≺ precapprox ⪷ preccurlyeq ≼ precedesnotsimilar ⋨ preceq ≼ precnapprox ⪹
precneqq ⪵ precsim ≾ prime ' prod ∏ propto ∝ psi ψ quarternote ♩ quotedblbase „ quotesinglbase ‚ rVert ‖
rangle ⟩ rbrace } rceil ⌉ recorder ⌕ rfloor ⌋ rho ρ rightangle ∟ rightanglearc ⊾ rightarrow →
rightarrowtail ↣ rightharpoondown ⇁ rightharpoonup ⇀ rightleftarrows ⇄ rightleftharpoons ⇌ rightmoon ☾
rightrightarrows ⇉ rightsquigarrow ⇝ rightthreetimes ⋌ risingdotseq ≓ rmoustache ⎱ rtimes ⋊ rvert |
sagittarius ♐ saturn ♄ scorpio ♏ searrow ↘ setminus ∖ sharp ♯ sigma σ sim ∼ simeq ≃ sin sin sinh sinh
smallsetminus ∖ smile ⌣ sphericalangle ∢ sqcap ⊓ sqcup ⊔ sqrint ⨖ sqsubset ⊏ sqsubseteq ⊑ sqsupset ⊐
sqsupseteq ⊒ square □ ss ß star ⋆ starequal ≛ subset ⊂ subseteq ⊆ subseteqq ⫅ subsetneq ⊊ subsetneqq ⫋
succ ≻ succapprox ⪸ succcurlyeq ≽ succeq ≽ succnapprox ⪺ succneqq ⪶ succnsim ⋩ succsim ≿ sum ∑ sup sup
supset ⊃ supseteq ⊇ supseteqq ⫆ supsetneq ⊋ supsetneqq ⫌ surd √ surfintegral ∯ swarrow ↙ tan tan
tanh tanh tau τ taurus ♉ textTheta ϴ textacutedbl ˝ textasciiacute ´ textasciibreve ˘ textasciicaron ˇ
textasciicircum ˆ textasciidieresis ¨ textasciimacron ¯ textasciitilde ~ textasteriskcentered ⁎
textbaht ฿ textbigcircle ◯ textblank ␢ textbrokenbar ¦ textbullet • textcelsius ℃ textcent ¢
textcircledP ℗ textcolonmonetary ₡ textcopyright © textcurrency ¤ textdagger † textdaggerdbl ‡
textdegree ° textdiscount ⁒ textdiv ÷ textdollar $ textdong ₫ textdoublepipe ǂ textdownarrow ↓
textellipsis … textemdash — textendash – textestimated ℮ texteuro € textexclamdown ¡ textflorin ƒ
textglotstop ʔ texthvlig ƕ textinterrobang ‽ textlangle 〈 textleftarrow ← textlira ₤ textlnot ¬
textmho ℧ textmp ∓ textmu µ textmusicalnote ♪ textnaira ₦ textnrleg ƞ textnumero № textohm Ω
textonehalf ½ textonequarter ¼ textonesuperior ¹ textopenbullet ◦ textordfeminine ª textordmasculine º
textparagraph ¶ textperiodcentered ˙ textpertenthousand ‱ textperthousand ‰ textpeso ₱ textphi ɸ
textpm ± textquestiondown ¿ textquotedblleft “ textquotedblright ” textquoteleft ‘ textquoteright ’
textquotesingle ' textrangle 〉 textrecipe ℞ textreferencemark ※ textregistered ® textrightarrow →
textschwa ə textsection § textservicemark ℠ textsterling £ texttheta θ textthreequarters ¾
textthreesuperior ³ texttildelow ˜ texttimes × texttrademark ™ textturnk ʞ texttwosuperior ²
textuparrow ↑ textvartheta ϑ textvisiblespace ␣ textwon ₩ textyen ¥ th þ therefore ∴ theta θ tildetrpl ≋
times × to → top ⊤ triangledown ▿ triangleleft ◃ trianglelefteq ⊴ triangleq ≜ triangleright ▹
trianglerighteq ⊵ truestate ⊧ twoheadleftarrow ↞ twoheadrightarrow ↠ udots ⋰ ulcorner ⌜ uparrow ↑
updownarrow ↕ upharpoonleft ↿ upharpoonright ↾ uplus ⊎ upsilon υ upslopeellipsis ⋰ upuparrows ⇈ uranus ♅
urcorner ⌝ varepsilon ε varkappa ϰ varnothing ∅ varperspcorrespond ⌆ varphi φ varpi ϖ varrho ϱ
varsigma ς vartheta ϑ vartriangle ▵ vartriangleleft ⊲ vartriangleright ⊳ vdash ⊢ vdots ⋮ vee ∨ veebar ⊻
venus ♀ vert | verymuchgreater ⋙ verymuchless ⋘ virgo ♍ volintegral ∰ wedge ∧ wp ℘ wr ≀ xi ξ zeta ζ { {
} }
`;

const oddSymbols: readonly (readonly [string, string])[] = [
  [' ', ' '],
  [',', ' '],
  ['-', '\u00ad'],
  [':', ' '],
  [';', ' '],
  ['backslash', '\\'],
  ['enskip', '\u2002'],
  ['liminf', 'lim inf'],
  ['limsup', 'lim sup'],
  ['nolinebreak', '\u2060'],
  ['qquad', '    '],
  ['quad', '  '],
  ['textasciigrave', '`'],
  ['textbackslash', '\\'],
  ['textcompwordmark', '\u200c'],
];

/** Macros with arguments: what they take (`{` mandatory, `[` optional, `*` star), the text, the names. */
const patternRows: readonly (readonly [string, string, string])[] = [
  ['*[', '\n', '\\'],
  ['[{{', '', 'addcounter addlength setcounter setlength'],
  ['{{{', '', 'boxframe'],
  ['{', '\u27e8{1}|', 'bra'],
  ['{{', '\u27e8{1}|{2}\u27e9', 'braket'],
  ['[{', '', 'color hphantom pagecolor vphantom xleftarrow xrightarrow'],
  ['[{{', '{3}', 'colorbox textcolor'],
  ['[{[{', '', 'colorlet'],
  ['[{{{', '', 'definecolor'],
  ['{', '{1}', 'emph mathrm textrm textit textbf textsc textsl text'],
  ['{', '<{1}>', 'url'],
  [
    '{',
    '{1}',
    'overbrace overbracket overgroup overleftarrow overleftharpoon overleftrightarrow overline overlinesegment overrightarrow overrightharpoon underbrace underbracket undergroup underleftarrow underleftrightarrow underline underlinesegment underrightarrow widehat wideparen widetilde',
  ],
  ['{', '', 'ensuremath include input label mbox textmd textsf texttt textup'],
  ['[{[{{', '{5}', 'fcolorbox'],
  ['[{', '[{2}]', 'footnote'],
  ['{{', '{1}/{2}', 'frac nicefrac'],
  ['*{', '', 'hspace'],
  ['{', '|{1}\u27e9', 'ket'],
  ['{{', '|{1}\u27e9\u27e8{2}|', 'ketbra'],
  ['*[{', '', 'pagagraph'],
  ['*[{{{', '', 'rowcolors'],
  ['[{', '\u221a({2})', 'sqrt'],
  ['*{', '\n', 'vspace'],
];

/** Accents, as pairs of name and combining character. */
const accentPairs: readonly (readonly [string, string])[] = [
  ['"', '\u0308'],
  ["'", '\u0301'],
  ['.', '\u0307'],
  ['=', '\u0304'],
  ['H', '\u030b'],
  ['^', '\u0302'],
  ['`', '\u0300'],
  ['acute', '\u0301'],
  ['b', '\u0331'],
  ['bar', '\u0305'],
  ['breve', '\u0306'],
  ['c', '\u0327'],
  ['check', '\u030c'],
  ['d', '\u0323'],
  ['ddot', '\u0308'],
  ['dot', '\u0307'],
  ['grave', '\u0300'],
  ['hat', '\u0302'],
  ['k', '\u0328'],
  ['not', '\u0338'],
  ['r', '\u030a'],
  ['tilde', '\u0303'],
  ['u', '\u0306'],
  ['v', '\u030c'],
  ['vec', '\u20d7'],
  ['~', '\u0303'],
];

/** Alphabets: what A-Z and then a-z become. */
const alphabetRows: readonly (readonly [string, string])[] = [
  ['mathbb', '𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ𝕒𝕓𝕔𝕕𝕖𝕗𝕘𝕙𝕚𝕛𝕜𝕝𝕞𝕟𝕠𝕡𝕢𝕣𝕤𝕥𝕦𝕧𝕨𝕩𝕪𝕫'],
  ['mathbf', '𝐀𝐁𝐂𝐃𝐄𝐅𝐆𝐇𝐈𝐉𝐊𝐋𝐌𝐍𝐎𝐏𝐐𝐑𝐒𝐓𝐔𝐕𝐖𝐗𝐘𝐙𝐚𝐛𝐜𝐝𝐞𝐟𝐠𝐡𝐢𝐣𝐤𝐥𝐦𝐧𝐨𝐩𝐪𝐫𝐬𝐭𝐮𝐯𝐰𝐱𝐲𝐳'],
  ['mathcal', '𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵𝒶𝒷𝒸𝒹ℯ𝒻ℊ𝒽𝒾𝒿𝓀𝓁𝓂𝓃ℴ𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏'],
  ['mathfrak', '𝔄𝔅ℭ𝔇𝔈𝔉𝔊ℌℑ𝔍𝔎𝔏𝔐𝔑𝔒𝔓𝔔ℜ𝔖𝔗𝔘𝔙𝔚𝔛𝔜ℨ𝔞𝔟𝔠𝔡𝔢𝔣𝔤𝔥𝔦𝔧𝔨𝔩𝔪𝔫𝔬𝔭𝔮𝔯𝔰𝔱𝔲𝔳𝔴𝔵𝔶𝔷'],
  ['mathit', '𝐴𝐵𝐶𝐷𝐸𝐹𝐺𝐻𝐼𝐽𝐾𝐿𝑀𝑁𝑂𝑃𝑄𝑅𝑆𝑇𝑈𝑉𝑊𝑋𝑌𝑍𝑎𝑏𝑐𝑑𝑒𝑓𝑔ℎ𝑖𝑗𝑘𝑙𝑚𝑛𝑜𝑝𝑞𝑟𝑠𝑡𝑢𝑣𝑤𝑥𝑦𝑧'],
  ['mathscr', '𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵𝒶𝒷𝒸𝒹ℯ𝒻ℊ𝒽𝒾𝒿𝓀𝓁𝓂𝓃ℴ𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏'],
  ['mathsf', '𝖠𝖡𝖢𝖣𝖤𝖥𝖦𝖧𝖨𝖩𝖪𝖫𝖬𝖭𝖮𝖯𝖰𝖱𝖲𝖳𝖴𝖵𝖶𝖷𝖸𝖹𝖺𝖻𝖼𝖽𝖾𝖿𝗀𝗁𝗂𝗃𝗄𝗅𝗆𝗇𝗈𝗉𝗊𝗋𝗌𝗍𝗎𝗏𝗐𝗑𝗒𝗓'],
  ['mathtt', '𝙰𝙱𝙲𝙳𝙴𝙵𝙶𝙷𝙸𝙹𝙺𝙻𝙼𝙽𝙾𝙿𝚀𝚁𝚂𝚃𝚄𝚅𝚆𝚇𝚈𝚉𝚊𝚋𝚌𝚍𝚎𝚏𝚐𝚑𝚒𝚓𝚔𝚕𝚖𝚗𝚘𝚙𝚚𝚛𝚜𝚝𝚞𝚟𝚠𝚡𝚢𝚣'],
];

/** How a macro is read and printed. */
export type MacroSpec =
  | { kind: 'symbol'; args: ''; text: string }
  | { kind: 'pattern'; args: string; text: string }
  | { kind: 'accent'; args: '{'; text: string }
  | { kind: 'alphabet'; args: '{'; letters: readonly string[] };

/** Macro name (without backslash) to what pylatexenc does with it; an absent macro prints nothing. */
export const latexMacros: ReadonlyMap<string, MacroSpec> = buildTable();

function buildTable(): Map<string, MacroSpec> {
  const table = new Map<string, MacroSpec>();
  const words = symbolPairs.trim().split(/[ \n]/);
  for (let i = 0; i + 1 < words.length; i += 2) {
    table.set(words[i] as string, { kind: 'symbol', args: '', text: words[i + 1] as string });
  }
  for (const [name, text] of oddSymbols) table.set(name, { kind: 'symbol', args: '', text });
  for (const [args, text, names] of patternRows) {
    for (const name of names.split(' ')) table.set(name, { kind: 'pattern', args, text });
  }
  for (const [name, text] of accentPairs) table.set(name, { kind: 'accent', args: '{', text });
  for (const [name, letters] of alphabetRows) {
    table.set(name, { kind: 'alphabet', args: '{', letters: [...letters] });
  }
  return table;
}
