/**
 * Script injections, made from tables instead of copied lists: the forms are those of OWASP's filter evasion sheet, of
 * DOMPurify's own tests and of the markdown and LaTeX attacks in published advisories. Every payload either calls
 * `window.ranScript()` or asks for an address under `/canary/`, so that a page can tell that it worked.
 */
export const call = 'ranScript()';
export const canary = '/canary/';

const handlers =
  'onerror onload onclick onfocus onmouseover onmouseenter onpointerdown onpointerover onkeydown onwheel onanimationstart onanimationend ontransitionend ontoggle onbeforetoggle onscroll oncopy onpaste onbegin onend onplay oncanplay onloadstart oninput onchange onsubmit onpageshow onhashchange onauxclick oncontextmenu onresize onselectstart ondragstart oncontentvisibilityautostatechange'.split(
    ' ',
  );
const tags = [
  'img src=x',
  'svg',
  'body',
  'video src=x autoplay',
  'audio src=x autoplay',
  'input autofocus',
  'details open',
  'marquee',
  'iframe src=x',
  'object data=x',
  'embed src=x',
  'select autofocus',
  'x tabindex=1',
  'style',
  'math',
  'button popovertarget=p',
  'dialog open',
  'a href=x',
  'svg><animate attributeName=x dur=1s',
  'svg><image href=x',
  'form',
  'table',
  'xss-element contenteditable',
  'think',
  'image',
];
const quotings: readonly ((code: string) => string)[] = [
  (code) => `"${code}"`,
  (code) => `'${code}'`,
  (code) => code,
  (code) => `\`${code}\``,
  (code) => `"${entities(code)}"`,
  (code) => `"eval('${code}')"`,
  (code) => `"&#x0a;${code}//"`,
];
const openings: readonly ((tag: string, attribute: string) => string)[] = [
  (tag, attribute) => `<${tag} ${attribute}>`,
  (tag, attribute) => `<${tag}/${attribute}/>`,
  (tag, attribute) => `<${tag}\t${attribute}\n>`,
  (tag, attribute) => `<${alternate(tag)} ${alternateName(attribute)}>`,
  (tag, attribute) => `"><${tag} ${attribute}>`,
  (tag, attribute) => `<<${tag}\u000c${attribute} //`,
  (tag, attribute) => `</think><${tag} \u0000${attribute}>`,
];

/** Places in which text is parsed another way than around it: what mutation attacks live from. */
const nests: readonly (readonly [string, string])[] = [
  ['', ''],
  ['<noscript><p title="</noscript>', '">'],
  ['<math><mtext><table><mglyph><style><!--</style><img title="--&gt;', '">'],
  ['<svg></p><style><a id="</style>', '">'],
  ['<form><math><mtext></form><form><mglyph><style></math>', ''],
  ['<svg><foreignObject><p>', '</p></foreignObject></svg>'],
  ['<svg><desc><![CDATA[', ']]></desc></svg>'],
  ['<math><annotation-xml encoding="text/html">', '</annotation-xml></math>'],
  ['<template><div>', '</div></template>'],
  ['<textarea></textarea>', ''],
  ['<xmp></xmp>', '</xmp>'],
  ['<title></title>', ''],
  ['<select><template>', '</template></select>'],
  ['<!--[if gte IE 4]>', '<![endif]-->'],
  ['<!--><', '-->'],
  ['<?xml version="1.0"?>', ''],
  ['<!DOCTYPE x [<!ENTITY e "', '">]>&e;'],
  ['<iframe srcdoc="', '"></iframe>'],
  ['&lt;b&gt;', ''],
  ['<div is=x><plaintext>', ''],
];

const scripts = [
  `<script>${call}</script>`,
  `<SCRIPT/x>${call}</SCRIPT >`,
  `<script type=module>${call}</script>`,
  `<script src=${canary}s.js></script>`,
  `<script src=//127.0.0.1:9${canary}s.js></script>`,
  `<script src="data:text/javascript,${call}"></script>`,
  `<svg><script href="data:text/javascript,${call}" /></svg>`,
  `<svg><script>alert&#40;1)</script><script>${entities(call)}</script></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><image href='x' onerror='${call}'/></svg>#x"></use></svg>`,
  `<svg><set attributeName=href to="javascript:${call}"><a><text>x</text></a></svg>`,
  `<svg><animate xlink:href=#a attributeName=href values="javascript:${call}" /><a id=a><text>x</text></a></svg>`,
  `<math><maction actiontype="statusline#${canary}m" xlink:href="javascript:${call}">x</maction></math>`,
  `<math href="javascript:${call}">x</math>`,
  `<iframe srcdoc="<script>parent.${call}</script>"></iframe>`,
  `<iframe src="javascript:parent.${call}"></iframe>`,
  `<object data="data:text/html,<script>parent.${call}</script>"></object>`,
  `<embed src="data:image/svg+xml;base64,${base64(`<svg xmlns="http://www.w3.org/2000/svg" onload="parent.${call}"/>`)}">`,
  `<meta http-equiv=refresh content="0;url=javascript:${call}">`,
  `<meta http-equiv=refresh content="0;url=${canary}r">`,
  `<base href="javascript:${call}//"><a href=x>x</a>`,
  `<form action="javascript:${call}"><button>x</button></form>`,
  `<form id=f></form><button form=f formaction="javascript:${call}">x</button>`,
  `<isindex type=image src=x onerror=${call}>`,
  `<form><input name=attributes><input name=parentNode></form>`,
  `<img name=getElementById><a id=defaultView><a id=defaultView name=ranScript>`,
  `<template shadowrootmode=open><script>${call}</script></template>`,
  `<portal src="javascript:${call}"></portal>`,
  `<style>@import "${canary}i.css";</style>`,
  `<style>*{background:url(${canary}b)}</style>`,
  `<div style="background:url(${canary}d)">x</div>`,
  `<div style="width:expression(${call})">x</div>`,
  `<link rel=stylesheet href=${canary}l.css><link rel=prefetch href=${canary}p>`,
  `<link rel=modulepreload href=${canary}p.js>`,
  `<img srcset="${canary}1 1x, ${canary}2 2x">`,
  `<picture><source srcset=${canary}3><img src=${canary}4></picture>`,
  `<video poster=${canary}v><source src=${canary}w></video>`,
  `<svg><image href=${canary}i /><feImage href=${canary}f /></svg>`,
  `<table background=${canary}t><td background=${canary}u>x</table>`,
  `<body background=${canary}g>`,
  `<object data=${canary}o></object><embed src=${canary}e><iframe src=${canary}f></iframe>`,
  `<a ping=${canary}n href=#>x</a>`,
  `<audio src=${canary}a></audio><track src=${canary}k>`,
  `<input type=image src=${canary}x>`,
  `{{constructor.constructor('${call}')()}}`,
  `\${${call}}`,
  `<%= ${call} %>`,
  `";${call};//`,
  `'-${call}-'`,
  `</script><script>${call}</script>`,
  `\u2028${call}\u2029`,
  `javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/"/+/onmouseover=1/+/[*/[]/+${call}//'>`,
];

const schemes: readonly string[] = [
  'javascript:',
  'JaVaScRiPt:',
  'java\tscript:',
  'java\nscript:',
  'java\rscript:',
  '\u0001javascript:',
  ' javascript:',
  'javascript&colon;',
  'javascript&#58;',
  'javascript&#x3A;',
  '&#106;avascript:',
  '&#x6A;&#x61;vascript:',
  'java&Tab;script:',
  'java&NewLine;script:',
  'java%73cript:',
  'javascript%3A',
  'jav\\u0061script:',
  'java\u0000script:',
  'javascript\u00a0:',
  'view-source:javascript:',
  'feed:javascript:',
  'vbscript:',
  'VbScRiPt:',
  'livescript:',
  'mocha:',
  'jar:javascript:',
  'blob:javascript:',
  'filesystem:javascript:',
  'about:blank#javascript:',
];
const otherAddresses: readonly string[] = [
  `data:text/html,<script>parent.${call}</script>`,
  `data:text/html;base64,${base64(`<script>parent.${call}</script>`)}`,
  `DATA:text/html;charset=utf-8,%3Cscript%3Eparent.${call}%3C/script%3E`,
  `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="${call}"/>`,
  'command:workbench.action.terminal.new',
  'COMMAND:workbench.action.files.save?%5B%5D',
  'command&colon;workbench.action.terminal.new',
  'vscode://file/etc/passwd',
  'vscode-insiders://file/etc/passwd',
  'vscode-webview://x/y',
  'vscode-resource:/etc/passwd',
  'vscode-file://vscode-app/x',
  'file:///etc/passwd',
  'FILE:\\\\host\\share',
  `${canary}relative`,
  `//127.0.0.1:9${canary}scheme`,
  `http://127.0.0.1:9${canary}plain`,
  `http:\\\\127.0.0.1:9${canary}back`,
  `ws://127.0.0.1:9${canary}socket`,
  `ftp://127.0.0.1${canary}ftp`,
  `https:javascript:${call}`,
  `#" onclick="${call}`,
  `x" onmouseover="${call}" y="`,
  `x' onfocus='${call}' autofocus tabindex=1 y='`,
  `x)<img src=x onerror=${call}>`,
];

/** Each way in which markdown, HTML or LaTeX takes an address. */
const addressForms: readonly ((address: string) => string)[] = [
  (address) => `[x](${address})`,
  (address) => `[x](<${address}>)`,
  (address) => `[x](${address} "${address}")`,
  (address) => `[x][r]\n\n[r]: ${address}`,
  (address) => `[r]\n\n[r]: <${address}> '${address}'`,
  (address) => `<${address}>`,
  (address) => `![x](${address})`,
  (address) => `![x][r]\n\n[r]: ${address}`,
  (address) => `[![a](${address})](${address})`,
  (address) => `<a href="${address}">x</a>`,
  (address) => `<a href=${address} target=_top>x</a>`,
  (address) => `<img src="${address}">`,
  (address) => `<iframe src="${address}"></iframe>`,
  (address) => `<svg><a xlink:href="${address}"><text>x</text></a></svg>`,
  (address) => `<form action="${address}"><input type=submit></form>`,
  (address) => `$\\href{${address}}{x}$`,
  (address) => `$\\url{${address}}$`,
  (address) => `$\\includegraphics[height=1em]{${address}}$`,
  (address) => `| [x](${address}) |\n|---|\n| ![y](${address}) |`,
  (address) => address,
];

/** Where a text stands in markdown. */
const markdownForms: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `\n${text}\n\n# after`,
  (text) => `> - ${text}`,
  (text) => `\`${text}\``,
  (text) => `\`\`\`html\n${text}\n\`\`\``,
  (text) => `**${text}** _${text}_`,
  (text) => `| a |\n|---|\n| ${text} |`,
  (text) => `[${text}](https://example.org "${text}")`,
  (text) => `![${text}](x "${text}")`,
  (text) => `\\boxed{${text}}`,
  (text) => `<think>${text}</think>`,
  (text) => `# ${text}`,
  (text) => entities(text),
  (text) => `1. ${text}\n\n    ${text}`,
];

/** Each way in which a text becomes a formula; `#` stands for the text. */
export const mathForms: readonly string[] = [
  '$#$',
  '$$#$$',
  '\\(#\\)',
  '\\[\n#\n\\]',
  '\\boxed{#}',
  '$\\text{#}$',
  '$\\htmlData{onclick=#}{x}$',
  '$\\htmlClass{x" onclick="#}{x}$',
  '$\\htmlId{#}{x}$',
  '$\\htmlStyle{background:url(/canary/h);#}{x}$',
  '$\\href{#}{x}$',
  '$\\def\\a{#}\\a$',
  '$\\unicode{#}$',
  '$\\begin{array}{c}#\\end{array}$',
  '$\\tag{#}x$',
  '$\\verb|#|$',
  '\\frac{#}{#}',
  '$\\color{#}x\\textcolor{#}{y}$',
];

function entities(text: string): string {
  return Array.from(text, (character) => `&#${character.codePointAt(0)};`).join('');
}

function base64(text: string): string {
  return btoa(text);
}

function alternate(text: string): string {
  return Array.from(text, (character, at) => (at % 2 ? character.toUpperCase() : character)).join('');
}

/** Only the name: the code after it must keep its case to run. */
function alternateName(attribute: string): string {
  const at = attribute.indexOf('=');
  return alternate(attribute.slice(0, at)) + attribute.slice(at);
}

/** The same list each time: whole products of the small tables, and each handler on each tag in changing dress. */
export function hostilePayloads(): string[] {
  const made = new Set<string>(scripts);
  let turn = 0;
  const next = <Item>(table: readonly Item[], step: number): Item =>
    table[Math.floor(turn / step) % table.length] as Item;
  const address = [...schemes.map((scheme) => `${scheme}${call}`), ...otherAddresses];
  for (const form of addressForms) for (const one of address) made.add(form(one));
  for (const form of markdownForms) for (const script of scripts) made.add(form(script));
  for (const [before, after] of nests) for (const script of scripts) made.add(before + script + after);
  for (const tag of tags) {
    for (const handler of handlers) {
      for (let dress = 0; dress < 6; dress += 1) {
        turn += 1;
        const attribute = `${handler}=${next(quotings, 1)(call)}`;
        const [before, after] = next(nests, 3);
        const element = next(openings, 2)(tag, attribute);
        made.add(dress === 0 ? element : next(markdownForms, 7)(before + element + after));
      }
    }
  }
  return [...made];
}
