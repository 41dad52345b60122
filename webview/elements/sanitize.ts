import DOMPurify from 'dompurify';

const allowedTags =
  'div p span em strong s code pre blockquote ul ol li table thead tbody tr th td br hr #text'.split(' ');
const allowedAttributes = 'class title role tabindex start data-source data-tex data-href data-align'.split(
  ' ',
);

/** The one sanitizer: whatever was made from a dataset's or a model's text passes here before it enters the page. */
export function sanitize(root: HTMLElement): void {
  DOMPurify.sanitize(root, {
    IN_PLACE: true,
    ALLOWED_TAGS: allowedTags,
    ALLOWED_ATTR: allowedAttributes,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    SANITIZE_DOM: true,
  });
}
