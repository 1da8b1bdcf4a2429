/** The demo shop: its language switch, and the links that open the chat. A real site needs neither of these files. */

const WORDS = {
  en: {},
  nl: {
    skip: "Naar de spullen", ribbon: "Gratis verzending vanaf € 60 · 30 dagen bedenktijd", house: "Huis", garden: "Tuin", outdoor: "Buiten", about: "Onze manier", language: "Taal",
    headline: "Goede dingen voor lange avonden buiten", lead: "Gereedschap, potten en meubels van makers die we kennen: om jaren te gebruiken en te repareren als ze slijten.",
    browse: "Bekijk het nieuws", ask: "Vraag ons iets", new: "Nieuw deze maand", p1: "Gieter, emaille", p2: "Terracotta pot, 30 cm", p3: "Eiken bijzettafel", p4: "Veldlantaarn", p5: "Linnen bankkussen", p6: "Olijfhouten schaal",
    way1: "Twee tot vier werkdagen", way1more: "Verpakt in papier en stro, verstuurd uit onze schuur.", way2: "Dertig dagen om te beslissen", way2more: "Gebruikt en toch niet blij? Stuur het terug.",
    way3: "Mensen die antwoorden", way3more: "De assistent is snel. Een mens is één klik verder.", fiction: "een winkel die niet bestaat, om Baton te proberen", contact: "Contact", console: "Console voor medewerkers",
  },
  pt: {
    skip: "Ir para os produtos", ribbon: "Frete grátis a partir de € 60 · 30 dias para mudar de ideia", house: "Casa", garden: "Jardim", outdoor: "Ar livre", about: "Nosso jeito", language: "Idioma",
    headline: "Coisas boas para noites longas ao ar livre", lead: "Ferramentas, vasos e móveis de artesãos que conhecemos, feitos para durar anos e ser consertados.",
    browse: "Ver as novidades", ask: "Pergunte o que quiser", new: "Novidades do mês", p1: "Regador esmaltado", p2: "Vaso de terracota, 30 cm", p3: "Mesa lateral de carvalho", p4: "Lanterna de campo", p5: "Almofada de linho", p6: "Tigela de oliveira",
    way1: "De dois a quatro dias úteis", way1more: "Embalado em papel e palha, enviado do nosso celeiro.", way2: "Trinta dias para decidir", way2more: "Usou e não gostou? Devolva.",
    way3: "Pessoas que respondem", way3more: "O assistente é rápido. Uma pessoa está a um clique.", fiction: "uma loja que não existe, para experimentar o Baton", contact: "Contato", console: "Console dos atendentes",
  },
  et: {
    skip: "Toodete juurde", ribbon: "Tasuta tarne alates 60 € · 30 päeva mõtlemisaega", house: "Kodu", garden: "Aed", outdoor: "Õu", about: "Meie moodi", language: "Keel",
    headline: "Head asjad pikkadeks õhtuteks õues", lead: "Tööriistad, potid ja mööbel tuttavatelt meistritelt: aastateks kasutada ja kuludes parandada.",
    browse: "Vaata uudiseid", ask: "Küsi meilt", new: "Selle kuu uued", p1: "Emailitud kastekann", p2: "Terrakotapott, 30 cm", p3: "Tammest abilaud", p4: "Välilatern", p5: "Linane pingipadi", p6: "Oliivipuust kauss",
    way1: "Kaks kuni neli tööpäeva", way1more: "Paberi ja õlgede sees, meie küünist teele.", way2: "Kolmkümmend päeva otsustamiseks", way2more: "Proovisid, aga ei meeldi? Saada tagasi.",
    way3: "Inimesed, kes vastavad", way3more: "Assistent on kiire. Inimene on ühe kliki kaugusel.", fiction: "pood, mida pole olemas: Batoni proovimiseks", contact: "Kontakt", console: "Klienditoe konsool",
  },
  ru: {
    skip: "К товарам", ribbon: "Бесплатная доставка от 60 € · 30 дней на раздумья", house: "Дом", garden: "Сад", outdoor: "Двор", about: "Как мы работаем", language: "Язык",
    headline: "Хорошие вещи для долгих вечеров на воздухе", lead: "Инструменты, горшки и мебель от мастеров, которых мы знаем. Служат годами, а если износятся, их можно починить.",
    browse: "Посмотреть новинки", ask: "Задать вопрос", new: "Новое в этом месяце", p1: "Лейка эмалированная", p2: "Терракотовое кашпо, 30 см", p3: "Столик из дуба", p4: "Полевой фонарь", p5: "Льняная подушка", p6: "Миска из оливы",
    way1: "Два–четыре рабочих дня", way1more: "В бумаге и соломе, прямо из нашего амбара.", way2: "Тридцать дней на решение", way2more: "Попробовали, не понравилось? Верните.",
    way3: "Люди, которые отвечают", way3more: "Помощник быстрый. До человека один щелчок.", fiction: "магазин, которого нет: чтобы попробовать Baton", contact: "Связаться с нами", console: "Консоль сотрудников",
  },
  af: {
    skip: "Na die ware", ribbon: "Gratis aflewering vanaf € 60 · 30 dae om te besluit", house: "Huis", garden: "Tuin", outdoor: "Buitelug", about: "Ons manier", language: "Taal",
    headline: "Goeie goed vir lang aande buite", lead: "Gereedskap, potte en meubels van makers wat ons ken: om jare te gebruik en reg te maak wanneer dit slyt.",
    browse: "Kyk wat is nuut", ask: "Vra ons iets", new: "Nuut hierdie maand", p1: "Gieter, emalje", p2: "Terracottapot, 30 cm", p3: "Eike-sytafel", p4: "Veldlantern", p5: "Linnekussing", p6: "Olyfhoutbak",
    way1: "Twee tot vier werksdae", way1more: "Verpak in papier en strooi, gestuur uit ons skuur.", way2: "Dertig dae om te besluit", way2more: "Gebruik, maar nie bly nie? Stuur dit terug.",
    way3: "Mense wat antwoord", way3more: "Die assistent is vinnig. 'n Mens is een klik weg.", fiction: "'n winkel wat nie bestaan nie, om Baton te probeer", contact: "Kontak", console: "Konsole vir medewerkers",
  },
};

const chat = document.querySelector("support-chat");
const choice = document.querySelector("#language");
const places = [...document.querySelectorAll("[data-t]")];
for (const node of places) WORDS.en[node.dataset.t] = node.textContent;

function speak(lang) {
  document.documentElement.lang = lang;
  chat.lang = lang;
  choice.value = lang;
  for (const node of places) node.textContent = WORDS[lang][node.dataset.t];
}

function remembered() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

const wanted = [new URLSearchParams(location.search).get("lang"), remembered(), navigator.language.slice(0, 2)];
speak(wanted.find((lang) => lang in WORDS) ?? "en");

choice.addEventListener("change", () => {
  speak(choice.value);
  try {
    localStorage.setItem("language", choice.value);
  } catch {
    // storage is blocked: the choice lasts as long as the page
  }
});

for (const link of document.querySelectorAll("[data-chat]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    chat.open = true;
    chat.focus();
  });
}
