"""An open world: what restricts a figure is named, goods that no list knows are goods, and what is no trade is no claim.

Most sentences are told of several economies each. What must never come of them is a bare figure of all trade, which a total would be
held against.
"""

from __future__ import annotations

import random
import time

import pytest

from tests.warehouse.claims_synthetic import ECONOMIES
from warehouse.claims.read.reader import read_text

RESTRICTED = [
    "Only counting formal customs clearance, {A}'s exports to {B} were RM186.1 billion in 2024.",
    "{A}'s exports to {B}, ignoring returned goods, were RM186.1 billion in 2024.",
    "{A}'s exports to {B} (excl. vessels) were RM186.1 billion in 2024.",
    "{A}'s exports to {B} were RM186.1 billion in 2024, ships and aircraft apart.",
    "Factoring out gold, {A}'s imports from {B} rose 4.1 per cent in 2024.",
    "{A}'s imports from {B} rose 4.1 per cent in 2024, working days considered.",
    "With aircraft taken out of the count, {A}'s exports to {B} rose 4.1 per cent in 2024.",
    "{A}'s exports to {B}, less returned goods, were RM186.1 billion in 2024.",
    "Ex-electronics, {A}'s exports to {B} were RM186.1 billion in 2024.",
    "On a like-for-like basis {A}'s exports to {B} rose 4.1 per cent in 2024.",
    "{A}'s exports to {B} rose 4.1 per cent in quantity in 2024.",
    "{A}'s exports to {B} came to RM186.1 billion in 2024 for machinery.",
    "Customs misreported {A}'s exports to {B} as RM186.1 billion in 2024.",
    "When measured at last year's prices, {A}'s exports to {B} were RM186.1 billion in 2024.",
    "Electronics apart, {A}'s exports to {B} were RM186.1 billion in 2024.",
    "Leaving crude oil to one side, {A}'s exports to {B} were RM186.1 billion in 2024.",
    "Smoothed over three months, {A}'s exports to {B} rose 4.1 per cent in 2024.",
    "Deflated by the producer price index, {A}'s exports to {B} rose 4.1 per cent in 2024.",
    "Once energy is set aside, {A}'s exports to {B} rose 4.1 per cent in 2024.",
    "Taken with Singapore, {A}'s exports to {B} came to RM186.1 billion in 2024.",
    "Counting only containers, {A}'s exports to {B} were RM186.1 billion in 2024.",
    "In dollar-adjusted terms {A}'s exports to {B} rose 4.1 per cent in 2024.",
    "Few believe that {A}'s exports to {B} were RM186.1 billion in 2024.",
    "{A}'s exports excluding oil and gas rose 5.2 per cent to RM110.3 billion in May 2025.",
    "{A}'s exports to {B} did not reach RM186.1 billion in 2024.",
    "In real terms, {A}'s exports grew 4.1 per cent in 2024.",
    "{A}'s export volume grew 4.1 per cent in 2024.",
    "{A}'s exports of goods and services reached RM1.5 trillion in 2024.",
    "{A}'s exports to {B} and Japan amounted to RM186.1 billion in 2024.",
    "Exports by {B}'s private firms rose to 14.2 trillion yuan in 2024.",
    "Seasonally adjusted, {A}'s exports rose 1.2 per cent in May 2025.",
    "{A}'s export orders climbed 5.2 per cent in May 2025.",
    "{B}'s imports by sea from {A} reached US$100.3 billion in 2024.",
    "{B}'s processing trade with {A} amounted to US$212.0 billion in 2024.",
    'The minister denied that trade between {A} and {B} had reached US$212.04 billion in 2024.',
    "It is not true that {A}'s exports to {B} reached RM186.1 billion in 2024.",
    "{A}'s trade in services with {B} was RM484.1 billion in 2024.",
    "Apart from electronics, {A}'s exports grew 5.2 per cent in May 2025.",
    "{A}'s exports, net of re-exports, came to RM126.6 billion in May 2025.",
    "Without palm oil, {A}'s exports to {B} would have been RM186.1 billion in 2024.",
    "{A}'s imports from {B}, other than machinery, were RM276.1 billion in 2024.",
    "{A}'s exports by air to {B} totalled RM186.1 billion in 2024.",
    "{A}'s exports to {B} under the free trade agreement were worth RM186.1 billion in 2024.",
    "{B}'s foreign-invested enterprises exported US$186.1 billion worth of goods in 2024.",
    "{A}'s combined exports to Singapore, {B} and the United States were RM690.1 billion in 2024.",
    "In volume terms, {B}'s imports from {A} rose 7.1 per cent in 2024.",
    "At constant prices, {A}'s exports grew 4.1 per cent in 2024.",
    "{A}'s exports to {B} fell short of RM186.1 billion in 2024.",
    "Analysts doubted that {A}'s exports to {B} had hit RM186.1 billion in 2024.",
    "Rumours that {A}'s exports to {B} had reached RM186.1 billion in 2024 were false.",
    "{A}'s general cargo exports to {B} came to RM186.1 billion in 2024.",
    "{B}'s cross-border e-commerce imports from {A} reached US$100.3 billion in 2024.",
    "{B}'s general trade with {A} reached US$212 billion in 2024.",
    'Exports by small and medium enterprises in {A} came to RM152.0 billion in 2024.',
    "{A}'s exports on a trend basis grew 4.1 per cent in 2024.",
    "After adjusting for inflation, {A}'s exports rose 4.1 per cent in 2024.",
    "In the first 20 days of May 2025, South Korea's exports fell 2.4 percent to $32.0 billion.",
    "South Korea's average daily exports fell 1.0 percent in May 2025.",
    "{A}'s exports of manufactured goods excluding electronics rose 2.4 per cent in 2024.",
    "Nobody claims that {A}'s exports to {B} reached RM186.1 billion in 2024.",
    'State-owned enterprises imported 22.4 billion yuan of goods from {A} in 2024.',
    '{B} imported US$100.3 billion of goods from {A} by sea in 2024.',
    '{A} exported RM186.1 billion of goods to {B} in 2024, excluding petroleum.',
    "{A}'s value-added exports to {B} were RM186.1 billion in 2024.",
    "{A}'s duty-free exports to {B} were RM186.1 billion in 2024.",
    "{A}'s exports to {B} and imports from Japan together were RM186.1 billion in 2024.",
    "Excluding palm oil, exports to India grew 6.3 per cent in 2024, {A}'s ministry said.",
    "{A}'s exports to the United States, not counting semiconductors, fell to RM150 billion in 2024.",
    "{A}'s non-commodity exports came to RM900 billion in 2024.",
    "In quantity terms, {A}'s imports rose 9.1 per cent in 2024.",
    "{A}'s imports rose 9.1 per cent by volume in 2024.",
    "In inflation-adjusted terms, {B}'s exports rose 12 per cent in 2024.",
    "{A}'s export volumes were up 5 per cent in 2024.",
    "{A}'s trade in goods and services with {B} amounted to US$230 billion in 2024.",
    "{A}'s trade with {B}, Japan and South Korea came to RM755 billion in 2024.",
    "{A}'s exports to both the US and {B} were RM390 billion in 2024.",
    "{B}'s private enterprises accounted for US$100 billion of imports from {A} in 2024.",
    "{B}'s private enterprises imported US$60 billion from {A} in 2024.",
    'Foreign-owned firms in {A} exported RM700 billion in 2024.',
    "After seasonal adjustment, {A}'s exports fell 2.1 per cent in May 2025.",
    "{A}'s seasonally adjusted exports rose 1.9 per cent in May 2025.",
    'New export orders in {A} rose 3.2 per cent in May 2025.',
    'Export orders of Taiwan rose 18 percent in May 2025.',
    "{B}'s rail-borne imports from Vietnam were US$1.2 billion in 2024.",
    'Cross-border road exports from Thailand to {A} were US$4.4 billion in 2024.',
    "{B}'s exports to {A} under processing trade were US$20 billion in 2024.",
    "{B}'s bonded-zone imports from {A} were US$20 billion in 2024.",
    "{A}'s border trade with Thailand was RM25 billion in 2024.",
    "He rejected claims that {A}'s exports to {B} had topped RM190 billion in 2024.",
    "The ministry dismissed a report that {A}'s exports fell 12 per cent in 2024.",
    "{A}'s exports to {B} never reached RM200 billion in 2024.",
    "{A}'s exports to {B} failed to reach RM200 billion in 2024.",
    "It would be wrong to say that {A}'s exports to {B} hit RM200 billion in 2024.",
    "{A}'s exports to {B} nearly reached, but did not pass, RM200 billion in 2024.",
    "{A}'s exports to {B} were not RM186.1 billion in 2024.",
    "Contrary to reports, {A}'s exports to {B} did not rise by 5 per cent in 2024.",
    "{A}'s exports to {B} between 1 and 20 May 2025 were RM8.2 billion.",
    "South Korea's exports in the first ten days of November 2025 rose 6.4 percent.",
    "{A}'s exports per working day rose 3.2 per cent in May 2025.",
    "{A}'s monthly exports averaged RM125.7 billion in 2024.",
    "{A}'s exports averaged RM125.7 billion per month in 2024.",
    'Average monthly exports of {A} were RM125.7 billion in 2024.',
    "{A}'s exports to {B} using preferential certificates of origin totalled RM60 billion in 2024.",
    "{A}'s exports to {B} under ACFTA were RM60 billion in 2024.",
    "{A}'s exports covered by RCEP certificates were RM5 billion in 2024.",
    "Exports of {A}'s state-linked companies were RM100 billion in 2024.",
    "{A}'s re-exports came to RM300 billion in 2024.",
    'Domestic exports of {A} came to RM1.2 trillion in 2024.',
    "{A}'s exports less re-exports came to RM1.2 trillion in 2024.",
    "{A}'s imports for domestic consumption were RM900 billion in 2024.",
    "{A}'s retained imports were RM900 billion in 2024.",
    "{A}'s exports in yuan-settled trade were RM90 billion in 2024.",
    "{A}'s yuan-denominated trade with {B} was RM90 billion in 2024.",
    'Trade settled in ringgit between {A} and {B} was RM100 billion in 2024.',
    "{A}'s intra-industry trade with {B} was RM100 billion in 2024.",
    "{A}'s potential exports to {B} are RM250 billion.",
    "{A}'s exports to {B} reached RM186.1 billion in 2024 if oil and gas are left out.",
    "Oil and gas aside, {A}'s exports to {B} reached RM186.1 billion in 2024.",
    "{A}'s exports of everything but palm oil reached RM186.1 billion in 2024.",
    "{A}'s exports to {B} reached RM186.1 billion in 2024 in real terms.",
    "{A}'s exports, adjusted for prices, rose 5.1 per cent in 2024.",
    "{A}'s exports rose 5.1 per cent in terms of volume in 2024.",
    "The volume of {A}'s exports rose 5.1 per cent in 2024.",
    "The volume of exports from {A} rose 5.1 per cent in 2024.",
    "{A}'s exports in goods and services rose 5.1 per cent in 2024.",
    "{A} exported RM1.5 trillion worth of goods and services in 2024.",
    "{A}'s exports of both goods and services reached RM1.5 trillion in 2024.",
    "{A}'s trade in services and goods reached RM3 trillion in 2024.",
    "{A}'s exports to {B}, Japan, Singapore and the US totalled RM690.1 billion in 2024.",
    "{A}'s exports to {B} and the EU combined amounted to RM300.1 billion in 2024.",
    "{A}'s top three markets took RM590.1 billion of its exports in 2024.",
    "Private companies exported RM690.1 billion worth of goods from {A} in 2024.",
    "{B}'s privately owned firms traded US$115 billion with {A} in 2024.",
    "Exports by foreign-funded firms in {B} to {A} were US$40 billion in 2024.",
    "Seasonally-adjusted exports of {A} rose 1.2 per cent in May 2025.",
    "{A}'s exports rose a seasonally adjusted 1.2 per cent in May 2025.",
    "{A}'s exports rose 1.2 per cent month-on-month, seasonally adjusted, in May 2025.",
    "{A}'s exporters received orders worth RM12 billion from {B} in 2024.",
    "{A} signed contracts to export RM12 billion of goods to {B} in 2024.",
    "{B}'s imports from {A} by road and rail totalled US$1.2 billion in 2024.",
    "Airborne exports from {A} to {B} were RM66.1 billion in 2024.",
    "{A}'s sea freight exports to {B} were RM66.1 billion in 2024.",
    "{B}'s ordinary trade with {A} was US$150 billion in 2024.",
    "{B}'s processing imports from {A} were US$30 billion in 2024.",
    "{A}'s exports to {B} through free trade zones were RM100.3 billion in 2024.",
    "{A}'s exports from bonded warehouses to {B} were RM100.3 billion in 2024.",
    "{A}'s temporary imports from {B} were RM10.3 billion in 2024.",
    "The embassy said it was untrue that {B}'s imports from {A} had fallen 5 per cent in 2024.",
    "{B}'s customs did not confirm that imports from {A} reached US$100.3 billion in 2024.",
    "The minister refuted a claim that exports to {B} had dropped 5 per cent in 2024.",
    "Reports that {A}'s exports to {B} grew 5 per cent in 2024 are wrong, the ministry said.",
    "No evidence supports the figure of RM186.1 billion for {A}'s exports to {B} in 2024.",
    "{A}'s exports to {B} might have reached RM186.1 billion in 2024.",
    "Had prices held, {A}'s exports to {B} would have reached RM186.1 billion in 2024.",
    "{A}'s exports to {B} almost reached the RM186.1 billion of 2023.",
    "{A}'s exports to {B} could have been RM186.1 billion in 2024.",
    "{A}'s exports to {B} in the peak season of 2024 were RM46.1 billion.",
    "{A}'s exports to {B} in the week to 20 May 2025 were RM3.6 billion.",
    "{A}'s largest exporters sold RM186.1 billion of goods to {B} in 2024.",
    "{A}'s exports paid for in yuan reached RM86.1 billion in 2024.",
    "{A}'s exports to {B} net of transhipment were RM166.1 billion in 2024.",
    "{A}'s transhipment exports to {B} were RM66.1 billion in 2024.",
    "{A}'s exports of domestic origin to {B} were RM146.1 billion in 2024.",
]
"""Of A, and most with B."""

BELOW_THE_COUNTRY = [
    'Exports from Selangor reached RM126.8 billion in May 2025.',
    'Exports through Port Klang amounted to RM126.8 billion in May 2025.',
    "Guangdong's trade with Malaysia reached US$212 billion in 2024.",
    "Malaysia's exports to China, including Hong Kong and Macao, reached RM186.1 billion in 2024.",
    'Malaysian exports by rail to China reached RM186.1 billion in 2024.',
    "Chongqing's imports from Malaysia reached 22.4 billion yuan in 2024.",
    "China's imports from Malaysia through Qinzhou port were 22.4 billion yuan in 2024.",
    "Johor's exports were RM399 billion in 2024.",
    'Exports from Johor came to RM399 billion in 2024.',
    'Penang exported RM495 billion worth of goods in 2024.',
    "Malaysia's exports via Penang port were worth RM150 billion in 2024.",
    "Malaysia's exports to mainland ports in Guangxi were RM10 billion in 2024.",
    "Malaysia's trade with Guangdong came to RM100 billion in 2024.",
    'Guangxi imported US$1.9 billion from Malaysia in 2024.',
    "China's imports from East Malaysia were US$20 billion in 2024.",
    "Malaysia's exports to Zhejiang province reached US$20 billion in 2024.",
    "Malaysia's exports to China by Sabah growers were RM2 billion in 2024.",
    "The state of Selangor exported RM350 billion worth of goods in 2024.",
    "Sarawak's exports to China hit RM22 billion in 2024.",
    "Malaysia's exports to Shandong province hit RM2 billion in 2024.",
    "Goods worth RM350 billion were exported from Malaysia through Port of Tanjung Pelepas in 2024.",
    "Malaysia's exports to China handled at Port Klang reached RM86.1 billion in 2024.",
    "Malaysia's exports to China as well as Hong Kong were RM220.1 billion in 2024.",
    "Malaysia's exports to Greater China were RM220.1 billion in 2024.",
    "Malaysian SMEs exported RM152 billion in 2024.",
    "Export orders received by Malaysian firms rose 12 per cent in May 2025.",
    "Malaysia's exports to Chinese-owned firms were RM16.1 billion in 2024.",
]

PLAIN = [
    'The ministry said businesses should make full use of the free trade agreements.',
    'China and Malaysia signed an agreement to export fresh durians in June 2024.',
    'Inflation in Malaysia eased to 1.2 per cent in May 2025.',
    'The ringgit strengthened 2.3 per cent against the US dollar in the quarter.',
    'Malaysia approved investments worth RM378.5 billion in 2024, with RM28.2 billion coming from China.',
    'Tourist arrivals from China rose 130 per cent to 3.7 million in 2024.',
    'The central bank kept its overnight policy rate at 3 per cent.',
    'The two leaders vowed to raise bilateral trade to US$250 billion by 2030.',
    'Analysts expect exports to grow by 4 per cent in 2025.',
    'The government has set a target of RM1.6 trillion in exports for next year.',
    'Washington imposed a 25 per cent tariff on imports from South Korea.',
    "Korea's consumer prices rose 2.1 percent in September.",
    'Container throughput at Port Klang grew 4 per cent to 14.6 million TEUs in 2024.',
    "Thailand's economy grew 2.8 per cent in the second quarter.",
    'The index of export prices fell 1.2 per cent in August.',
    "Japan's core machinery orders dropped 4.6 percent in July.",
    'About 40 per cent of Chinese firms surveyed said that tariffs had hurt their exports.',
    "Singapore's GDP expanded 4.3 per cent in the second quarter.",
    'The trade war has cost exporters US$1.2 billion, an industry group said.',
    'A delegation of 50 companies will visit Guangzhou in November.',
    'India attracted USD 81 billion of foreign direct investment in 2024-25.',
    'The fund invested US$500 million in a data centre in Johor.',
    'The port handled 120 million tonnes of cargo last year.',
    'RCEP covers 30 per cent of global GDP and 2.3 billion people.',
    'Tariffs on 90 per cent of goods will be scrapped over 20 years.',
    'Vietnam attracted US$24.1 billion in FDI in the first seven months.',
    'Unemployment stood at 3.0 per cent in June.',
    'Sales at the fair came to RM2.1 billion.',
    'Air passengers between the two countries rose 15 per cent.',
    'The World Bank lowered its growth forecast for Indonesia to 4.7 percent.',
    'The value of the project is estimated at US$10 billion.',
    "China's services trade rose 8 percent to 3.9 trillion yuan in the first half.",
    'The manufacturing PMI fell to 49.3 in July.',
    'The yen weakened past 150 to the dollar.',
    "Indonesia's foreign reserves rose to US$152.6 billion at the end of June.",
    'He said the deal would create 5,000 jobs and RM3 billion in revenue.',
    'Retail sales grew 5.0 percent in the first half of the year.',
    'Crude oil prices fell 2 per cent to US$66 a barrel.',
    "The EU's proposed carbon levy may cost Indian steelmakers 20 to 35 per cent of the price.",
    "Samsung's chip exports accounted for half of its revenue of 86 trillion won.",
    'The two sides agreed to set up a joint committee to boost trade in agricultural products.',
    'Petronas reported a 21 per cent fall in profit to RM44 billion in the first half.',
    'Foreign direct investment inflows rose 15 per cent to US$5.2 billion.',
    'The stock index fell 2.3 per cent after the tariff news.',
    'Exporters fear that a 24 per cent tariff would cut shipments by a tenth.',
    'The government aims to increase halal exports to RM80 billion by 2030.',
    'The ministry maintained its export growth forecast at 2 to 3 percent for this year.',
    "The bank expects Malaysia's exports to grow 5.5 per cent in 2025.",
    "China's GDP expanded 5.3 per cent in the first half of 2025.",
    'Household consumption accounts for 60 per cent of GDP.',
    'Some 300 Malaysian companies took part in the China International Import Expo.',
    'Matrade recorded RM3.6 billion in potential sales at the fair.',
    'The railway will carry 20 million tonnes of freight a year.',
    'The sector employs 600,000 people and contributes 6 per cent of GDP.',
    'Rubber prices fell 4 per cent to 180 sen per kg.',
    'The survey found that 70 per cent of exporters had raised prices.',
    'Prime Minister Anwar said the visit produced RM170 billion in investment commitments.',
    'About 93 per cent of tariff lines have been cut to zero.',
    'The central bank sold US$3 billion to support the rupiah.',
    'Industrial production rose 5.7 per cent in August from a year earlier.',
    'Vietnam welcomed 17.5 million foreign visitors in 2024, up 39.5 per cent.',
    "India's foreign exchange reserves stood at USD 700 billion on September 26.",
    "India's services exports are estimated at USD 30.8 billion in September 2025.",
    'The rupee lost 4 per cent against the dollar this year.',
    "Japan's nominal wages rose 1.5 percent in August.",
    'The won weakened beyond 1,400 per dollar.',
    "Hyundai's sales in the US rose 13 percent to 77,000 units in September.",
    'South Korea pledged to invest $350 billion in the United States.',
    'The EU and Indonesia concluded a trade agreement that covers 700 million consumers.',
    "The euro area's annual inflation was 2.2 per cent in September.",
    'The US collected $30 billion in tariff revenue in August.',
    'US employers added 22,000 jobs in August.',
    'The Dow Jones rose 1.1 per cent on Monday.',
    'Boeing won an order for 30 aircraft worth US$9.5 billion from Malaysia Airlines.',
    'The free trade zone hosts 1,200 firms with total investment of US$12 billion.',
    'E-commerce sales grew 12 per cent to RM1.2 trillion in 2024.',
    'The container port moved 11 million boxes in 2024, up 4.5 per cent.',
    'ASEAN is home to 670 million people and has a combined GDP of US$3.9 trillion.',
    'Trade between the two countries has grown rapidly in recent years.',
    'The association said orders fell by 30 per cent after the tariffs took effect.',
    'Electricity exports to Singapore will begin with 50 MW in December.',
    "Malaysia is one of China's most important trading partners in the region.",
    'The chamber has 3,000 members and was founded in 1904.',
    'Exports are likely to slow in the second half, analysts warned.',
    'Trade is an engine of growth: it supports 3 million jobs.',
    'Malaysia hopes to export 500,000 tonnes of pineapples by 2030.',
    'The average tariff on Chinese goods stands at 57.6 per cent.',
    'Shares of exporters slid 3 to 5 per cent.',
    "The fund's assets reached RM1.3 trillion at the end of 2024.",
    'Freight rates jumped 40 per cent in two weeks.',
    "Thailand's car production fell 20 per cent to 1.47 million units in 2024.",
    "The Bank of Thailand cut its policy rate to 1.75 per cent.",
    "Bangkok hopes to lift the share of renewables to 51 per cent by 2037.",
    "Thailand received 35.5 million foreign tourists in 2024, who spent 1.67 trillion baht.",
    "Indonesia's economy grew 5.03 percent in 2024.",
    "Indonesia plans to spend US$29 billion on free meals.",
    "The rupiah fell to 16,850 per dollar, its weakest since 1998.",
    "Indonesia's palm oil output rose 2 percent to 52.8 million tonnes.",
    "Korea's current account logged a surplus of $99.0 billion in 2024.",
    "Korea's household debt rose 2.2 percent to 1,927 trillion won.",
    "Seoul and Washington agreed to a 15 percent tariff on Korean cars.",
    "Samsung Electronics posted an operating profit of 12.1 trillion won in the third quarter.",
    "Japan's current account surplus was 29.26 trillion yen in 2024.",
    "The Bank of Japan raised its key rate to 0.5 per cent.",
    "Toyota sold 10.8 million vehicles in 2024, down 3.7 per cent.",
    "Japan's real wages fell 1.4 percent in August.",
    "India's retail inflation eased to 1.54 per cent in September.",
    "India's GST collections rose 9.1 per cent to Rs 1.89 lakh crore.",
    "India's services trade surplus was USD 15.5 billion in September.",
    "Software exports by members of the association are expected to reach USD 224 billion.",
    "The European Central Bank cut rates by 25 basis points.",
    "Euro zone GDP grew 0.2 per cent in the quarter.",
    "The EU will impose duties of up to 45 per cent on Chinese electric cars.",
    "Brussels wants to cut imports of Russian gas to zero by 2027.",
    "The US economy grew at an annual rate of 3.8 percent in the second quarter.",
    "US consumer prices rose 3 percent in September.",
    "The White House said it had secured US$600 billion in investment pledges.",
    "President Trump threatened a 100 percent tariff on Chinese imports.",
    "Container volumes at Los Angeles fell 5 percent in August.",
    "Ford said tariffs would cost it US$2 billion.",
    "Vietnam's GDP grew 8.23 per cent in the third quarter.",
    "Hanoi has signed 17 free trade agreements with over 60 partners.",
    "Vietnam's PMI rose to 50.4 in September.",
    "Samsung employs 90,000 people in Vietnam and accounts for 14 per cent of its exports.",
    "Malaysia's unemployment rate was 3 per cent in August.",
    "Malaysia's services sector grew 5.4 per cent in 2024.",
    "The ringgit traded at 4.22 against the greenback.",
    "Approved investments rose 18.7 per cent to RM190.3 billion in the first half.",
    "Proton sold 152,352 cars in 2024, including 4,900 exported.",
    "The ministry expects trade to expand 3 to 4 per cent this year.",
    "China's retail sales rose 3.0 per cent in September.",
    "China's consumer prices fell 0.3 per cent.",
    "China's holdings of US Treasuries fell to US$730 billion.",
    "Chinese outbound investment rose 10 per cent to US$192 billion in 2024.",
    "BYD exported 417,204 vehicles in 2024.",
    "The Belt and Road summit drew 6,000 delegates.",
    "Some 40 per cent of respondents expect higher exports next year.",
    "The agreement removes tariffs on 90 per cent of goods.",
    "The two countries aim to double trade in five years.",
    "Bilateral trade is targeted to reach US$10 billion by 2027.",
    "The company said its export sales rose 20 per cent to RM500 million.",
]
"""No figure of trade at all."""

GOODS = [
    "cinnamon", "bird's nest", "helicopter", "rubber glove", "solar panel", "seaweed", "semiconductor-related", "engineering goods",
    "e-waste", "plastic scrap",
    "musang king", "air conditioner", "hard disk drive", "vehicle and parts", "EV", "mechanical and electrical product", "instant noodle",
    "whisky", "scallop",
    "basmati rice", "nickel pig iron", "ferronickel", "kiwifruit", "lithium-ion battery", "biodiesel", "furniture", "used clothing",
    "lumber", "copper wire",
    "aircraft engine", "medical device", "military", "industrial", "pharmaceutical", "batik", "oleochemical", "frozen chicken",
    "car battery", "tractor", "toy",
]
GOODS_BEHIND = [
    "cinnamon", "helicopters", "medical gloves", "mangosteens", "lubricants", "stainless steel pipes", "wheat flour", "swallow nests",
    "used cooking oil", "latex condoms",
    "wireless communication devices", "optical fibre", "drones and engines", "rare earth magnets", "chip-making equipment",
    "K-pop albums", "toothpicks", "honey",
]
BEFORE = [
    "{A}'s {g} exports rose 6.2 per cent in 2024.", "{A}'s {g} exports to {B} were US$5.6 billion in 2024.",
    "In 2024, {a} {g} imports came to US$3.1 billion.",
    "Total {g} exports of {A} fell 3.4 per cent in 2024.",
]
BEHIND = [
    "{A}'s exports of {g} rose 6.2 per cent in 2024.", "{A} exported US$5.6 billion worth of {g} to {B} in 2024.",
    "In 2024, {A} imported US$5.6 billion of {g} from {B}.",
    "{A}'s imports of {a2} {g} were US$5.6 billion in 2024.", "{A}'s trade in {g} with {B} was worth US$5.6 billion in 2024.",
]

OF_GOODS = [
    "Malaysia's exports of durians to China reached RM1.2 billion in 2024.",
    "Malaysia's bird's nest exports rose to RM300 million in 2024.",
    "Malaysia exported RM1.2 billion worth of cinnamon to China in 2024.",
    "China imported US$3.4 billion of fruit from Malaysia in 2024.",
    "Malaysia shipped RM4.5 billion of medical gloves to the United States in 2024.",
    "Vietnam's catfish exports fell 5 per cent in 2024.",
    "Vietnam exported US$2.1 billion worth of pangasius in 2024.",
    "Malaysia's toy exports came to RM1.9 billion in 2024.",
    "Malaysia bought RM1.9 billion worth of helicopters from Russia in 2024.",
    "Thailand's jewellery exports climbed 12 per cent in May 2025.",
    "Thai rubber glove exports rose 12 per cent in May 2025.",
    "Indonesia's shipments of coal to China were worth US$10.1 billion in 2024.",
    "Exports of Malaysian furniture to the US were RM5.6 billion in 2024.",
    "Malaysia's sales of crude petroleum to China were RM5.6 billion in 2024.",
    "China's purchases of Malaysian palm kernel oil rose 8 per cent in 2024.",
    "Imports of Chinese cars into Malaysia rose 8 per cent in 2024.",
    "Malaysia's solar panel shipments to the US plunged 40 per cent in 2024.",
    "Malaysia's exports of optical fibre were RM5.6 billion in 2024.",
    "Malaysia exports RM5.6 billion of lubricants a year.",
    "Malaysia's wooden furniture exports were valued at RM5.6 billion in 2024.",
    "Malaysia's seaweed exports to Japan were valued at RM56 million in 2024.",
    "Malaysia's halal exports were valued at RM56 billion in 2024.",
    "In 2024, China imported 3.5 billion dollars worth of mangosteens from Thailand.",
    "Exports of stainless steel from Indonesia jumped 12 per cent in 2024.",
    "Indonesia's nickel pig iron exports were US$5.4 billion in 2024.",
    "Malaysia's chip exports to the United States were RM60.6 billion in 2024.",
    "Malaysia's semiconductor-related exports were RM387 billion in 2024.",
    "Sales of Malaysian instant coffee to China reached RM100 million in 2024.",
    "Japan's whisky exports to China declined 10.5 per cent in 2024.",
    "Japanese scallop exports fell to 69.5 billion yen in 2024.",
    "Korean cosmetics exports hit $10.2 billion in 2024.",
    "Exports of K-food climbed 9 percent to $9.98 billion in 2024.",
    "South Korea's ship exports jumped 25 percent in June 2025.",
    "India's smartphone exports crossed USD 24.1 billion in 2024-25.",
    "India's engineering goods exports were USD 10.1 billion in September 2025.",
    "India's gold imports were USD 9.6 billion in September 2025.",
    "Oil imports fell 5 per cent to USD 14.0 billion in September 2025.",
    "Vietnam's imports of machinery from China were US$27.1 billion in 2024.",
    "Vietnam earned US$5.4 billion from coffee exports in 2024.",
    "Cambodia earned US$1.5 billion from exporting rice in 2024.",
    "Exports of services by Malaysia, mainly tourism, rose to RM240 billion in 2024.",
    "Australian beef exports to the US hit A$4.1 billion in 2024.",
    "Australia's iron ore shipments to China were worth A$105 billion in 2024.",
    "New Zealand's dairy exports to China were NZ$5.9 billion in 2024.",
    "Brazil's soybean exports to China rose 8 percent in 2024.",
    "EU imports of Chinese electric vehicles fell 10 per cent in 2024.",
    "German machinery exports to China dropped 10 per cent in 2024.",
    "China's exports of rare earth magnets rose 7.5 per cent in September 2025.",
    "Malaysia's rare earth exports to China rose 7.5 per cent in September 2025.",
    "Malaysia's trade in palm oil with China was worth RM15.1 billion in 2024.",
    "Bilateral trade in agricultural products between China and Malaysia reached US$9.1 billion in 2024.",
    "Timber trade between Malaysia and China reached US$1.1 billion in 2024.",
    "Malaysia's surplus in E&E trade was RM120 billion in 2024.",
    "Malaysia recorded a RM30 billion deficit in food trade in 2024.",
    "Sarawak's LNG is sold to Japan: Malaysia's LNG exports there were RM26 billion in 2024.",
    "China was the largest buyer of Malaysian palm oil in 2024.",
    "Malaysia is the world's second largest exporter of palm oil.",
    "China took 17 per cent of Malaysia's rubber exports in 2024.",
    "Malaysia's exports to China of used cooking oil were RM1.9 billion in 2024.",
    "Malaysia's exports of aircraft parts, drones and engines were RM9.1 billion in 2024.",
    "Exports of Malaysian-made vehicles were RM9.1 billion in 2024.",
    "China's imports of Malaysian crude stood at US$40.1 billion in 2024.",
    "Malaysian frozen seafood worth RM1.1 billion was exported to China in 2024.",
    "RM1.1 billion worth of pineapples was exported by Malaysia in 2024.",
    "Malaysia's defence exports were RM1.1 billion in 2024.",
    "Malaysia's e-waste imports rose 8 per cent in 2024.",
    "Malaysia's plastic scrap imports rose 8 per cent in 2024.",
    "The export value of Malaysian lobsters to China was RM120 million in 2024.",
    "Malaysia's exports of latex condoms rose 6 per cent in 2024.",
    "Malaysia's musang king exports to China were RM400 million in 2024.",
    "Malaysian durian exports to China reached RM400 million in 2024.",
    "China bought RM400 million of Malaysian durians in 2024.",
    "In 2024 Malaysia sold RM3.2 billion worth of stainless steel pipes to Indonesia.",
    "Malaysia's polysilicon shipments were worth RM3.2 billion in 2024.",
    "Malaysia imported RM9 billion worth of wheat flour from Australia in 2024.",
    "Imports of Russian coal by Malaysia climbed 15 per cent in 2024.",
    "Malaysia's beef imports from Australia climbed 15 per cent in 2024.",
    "Malaysian biodiesel exports fell 22 per cent in 2024.",
    "Exports of frozen shrimp to Japan were US$510 million in 2024, Vietnam's ministry said.",
    "Vietnam's wood and wood products exports reached US$16.2 billion in 2024.",
    "Vietnam's exports of phones and components reached US$53.9 billion in 2024.",
    "Vietnam exported 9 million tonnes of rice worth US$5.7 billion in 2024.",
    "Vietnamese lychee exports to China fell 5 per cent in 2024.",
    "Thailand's vehicle and parts exports were US$30 billion in 2024.",
    "Thailand's air conditioner exports rose 11 per cent in 2024.",
    "Thailand's hard disk drive exports rose 41 per cent in 2024.",
    "Thai cassava exports to China dropped by a third in 2024.",
    "Thailand's exports of computers and parts rose 31 per cent in 2024.",
    "Indonesia's ferronickel exports hit US$14 billion in 2024.",
    "Indonesia's CPO exports were US$20 billion in 2024.",
    "Indonesia exported US$1.6 billion of swallow nests in 2024.",
    "Indonesia's imports of machinery and mechanical appliances rose 5 per cent in 2024.",
    "Japan's car exports to the US fell 24.2 percent in September 2025.",
    "Japan's imports of liquefied natural gas fell 5 percent in September 2025.",
    "Japan's chip-making equipment exports to China rose 82 percent in 2024.",
    "Korean instant noodle exports topped $1.2 billion in 2024.",
    "Korea's petrochemical exports dropped 20 percent in 2024.",
    "Exports of wireless communication devices from Korea rose 10 percent in 2024.",
    "Korea's bio-health exports rose 13 percent in 2024.",
    "India's gems and jewellery exports fell 12 per cent in 2024.",
    "India's drugs and pharmaceuticals exports rose 9 per cent in 2024.",
    "India's basmati rice exports rose 9 per cent in 2024.",
    "India's electronics imports from China were USD 30 billion in 2024-25.",
    "The EU's wine exports to the US were €5 billion in 2024.",
    "EU pharmaceutical exports to the US were €120 billion in 2024.",
    "US soybean exports to China fell to $12.6 billion in 2024.",
    "US crude oil exports to Korea were $12.6 billion in 2024.",
    "US imports of Chinese toys fell to $12.6 billion in 2024.",
    "American beef shipments to China plunged 70 percent in 2025.",
    "Australian lobster exports to China were A$700 million in 2024.",
    "Australia's lithium exports fell 60 per cent in 2024.",
    "New Zealand kiwifruit exports reached NZ$3.9 billion in 2024.",
    "Brazil's coffee exports rose 50 percent in value in 2024.",
    "Cambodia's bicycle exports were US$400 million in 2024.",
    "Cambodia's garment, footwear and travel goods exports were US$13 billion in 2024.",
    "Myanmar's bean exports to India were US$900 million in 2024.",
    "Laos' electricity exports were US$2.4 billion in 2024.",
    "The Philippines' banana exports to Japan were US$500 million in 2024.",
    "Philippine coconut oil exports rose 80 percent in 2024.",
    "China's lithium-ion battery exports to Malaysia rose 30 per cent in 2024.",
    "China's EV exports to Malaysia rose 30 per cent in 2024.",
    "China's exports of new energy vehicles to Malaysia rose 30 per cent in 2024.",
    "China's mechanical and electrical product exports to Malaysia were US$60 billion in 2024.",
    "China's imports of integrated circuits from Malaysia were US$40 billion in 2024.",
    "China's fruit imports from Malaysia were US$0.5 billion in 2024.",
    "China's agricultural imports from Malaysia rose 10 per cent in 2024.",
    "Malaysia's industrial exports rose 10 per cent in 2024.",
    "Malaysia's military exports rose 10 per cent in 2024.",
    "Exports of Malaysian palm kernel cake rose 4 per cent in 2024.",
    "Malaysia's ceramics exports were RM1.1 billion in 2024.",
    "Malaysia's exports of sanitary ware were RM1.1 billion in 2024.",
    "Malaysia exported RM1.1 billion in sanitary ware in 2024.",
    "Malaysia sold 1.1 million tonnes of urea worth RM1.6 billion abroad in 2024.",
    "Malaysia's swiftlet nest exports to China rose to RM500 million in 2024.",
    "Malaysia's sales of cocoa butter abroad hit RM7.1 billion in 2024.",
    "Shipments of Malaysian pineapples to China were RM110 million in 2024.",
    "Malaysia's natural rubber shipments fell 4 per cent in 2024.",
    "Malaysia's data centre equipment imports doubled to RM40 billion in 2024.",
    "Malaysia's imports of data servers doubled to RM40 billion in 2024.",
    "Malaysia's capital goods imports rose 40 per cent in 2024.",
    "Malaysia's consumption goods imports rose 4 per cent in 2024.",
    "Malaysia's intermediate imports rose 4 per cent in 2024.",
    "Malaysia's food imports were RM78 billion in 2024.",
    "Malaysia's onion imports from India were RM700 million in 2024.",
    "India's onion exports to Malaysia fell 30 per cent in 2024.",
    "India exported USD 1.2 billion of buffalo meat to Malaysia in 2024.",
    "Thailand's rubber exports to China were up 12 per cent in value in 2024.",
    "Thailand's tapioca shipments were down 30 per cent in 2024.",
    "Thailand's sugar exports earned US$3.1 billion in 2024.",
    "Thai pet food exports topped US$3 billion in 2024.",
    "Thai automotive exports shrank 8 per cent in 2024.",
    "Thai electronic exports rose 18 per cent in 2024.",
    "Thai agricultural exports rose 6 per cent in 2024.",
    "Vietnam's footwear exports to the EU were US$5.9 billion in 2024.",
    "Vietnam's electronics, computer and component exports reached US$72.6 billion in 2024.",
    "Vietnam earned US$7.1 billion from fruit and vegetable exports in 2024.",
    "Vietnam spent US$107 billion on importing computers, electronics and parts in 2024.",
    "Vietnam's tra fish exports were US$2 billion in 2024.",
    "Vietnam's seafood sector earned US$10 billion from exports in 2024.",
    "Indonesia's coal exports slid 12 percent to US$30.5 billion in 2024.",
    "Indonesian nickel exports rose 12 percent in 2024.",
    "Indonesia's exports of crude palm oil and its derivatives fell to US$20 billion in 2024.",
    "Indonesia's iron and steel exports were US$25.8 billion in 2024.",
    "Indonesia's manufacturing exports were US$196 billion in 2024.",
    "Exports from Indonesia's processing industry were US$196 billion in 2024.",
    "Indonesia's oil and gas imports were US$36.3 billion in 2024.",
    "Japanese steel exports to the US fell 15 percent in 2025.",
    "Japan's imports of rice rose 95-fold in 2025.",
    "Korea's semiconductor exports hit $141.9 billion in 2024.",
    "Korean car shipments to the US fell 15 percent in 2025.",
    "South Korean exports of display panels fell 5 percent in 2025.",
    "Korea's K-beauty exports topped $10 billion in 2024.",
    "Korea's defence exports topped $10 billion in 2024.",
    "Taiwan's semiconductor exports rose 11 percent to US$165 billion in 2024.",
    "Exports of information and communication products from Taiwan rose 60 percent in 2024.",
    "The EU's imports of Russian gas fell 15 per cent in 2024.",
    "EU agri-food exports reached €235.4 billion in 2024.",
    "EU exports of chemicals to the US were €160 billion in 2024.",
    "Germany's car exports to the US were €24.8 billion in 2024.",
    "French wine exports to China fell 20 percent in 2024.",
    "Italian leather goods exports fell 9 percent in 2024.",
    "Swiss watch exports fell 2.8 per cent in 2024.",
    "US LNG exports to Japan were $3.1 billion in 2024.",
    "US corn shipments to Mexico were $5.6 billion in 2024.",
    "US aircraft exports rose 5 percent in 2024.",
    "America's farm exports to China were $24.7 billion in 2024.",
    "China's chip imports rose 10.4 percent to $385.6 billion in 2024.",
    "China's rare earth exports fell 10 percent in 2024.",
    "China imported 553 million tonnes of crude oil worth $325 billion in 2024.",
    "China's soybean imports from Brazil were $34 billion in 2024.",
    "China's steel exports hit a nine-year high of $83.9 billion in 2024.",
    "China's solar exports fell 30 percent in 2024.",
    "China's durian imports reached $6.99 billion in 2024.",
]


def names(chance: random.Random) -> dict[str, str]:
    one, other = chance.sample(sorted(ECONOMIES), 2)
    return {"A": ECONOMIES[one][0], "a": ECONOMIES[one][1], "B": ECONOMIES[other][0], "a2": ECONOMIES[other][1]}


def bare(text: str) -> list[str]:
    """Figures of a text that are read as of all trade, with nothing that restricts them."""
    return [f"{claim.kind} {claim.written.text}" for claim in read_text(text, published="2025-11-24").claims
            if claim.qualifier is None and claim.commodity is None]


@pytest.mark.parametrize("wording", RESTRICTED)
def test_what_restricts_a_figure_is_named(wording: str) -> None:
    chance = random.Random(wording)
    for _ in range(5):
        text = wording.format(**names(chance))
        assert not bare(text), text


@pytest.mark.parametrize("text", BELOW_THE_COUNTRY)
def test_a_part_of_a_country_is_not_the_country(text: str) -> None:
    assert not bare(text)


@pytest.mark.parametrize("goods", GOODS)
def test_goods_before_a_flow_are_goods(goods: str) -> None:
    chance = random.Random(goods)
    for wording in BEFORE:
        text = wording.format(g=goods, **names(chance))
        found = read_text(text, published="2025-11-24").claims
        assert found and not bare(text), text


@pytest.mark.parametrize("goods", GOODS_BEHIND)
def test_goods_behind_a_flow_or_a_sum_are_goods(goods: str) -> None:
    chance = random.Random(goods)
    for wording in BEHIND:
        text = wording.format(g=goods, **names(chance))
        found = read_text(text, published="2025-11-24").claims
        assert found and not bare(text), text


@pytest.mark.parametrize("text", OF_GOODS)
def test_a_figure_of_goods_is_never_one_of_all_trade(text: str) -> None:
    assert not bare(text)


def test_words_that_only_describe_restrict_nothing() -> None:
    for word in (
            "strong", "record", "robust", "higher", "resilient", "annual", "total", "overall", "merchandise", "impressive", "surging",
            "overseas"):
        text = f"Malaysia's {word} exports to China reached RM186.1 billion in 2024."
        (found,) = read_text(text, published="2025-11-24").claims
        assert (found.qualifier, found.commodity) == (None, None), text


@pytest.mark.parametrize("text", [
    "Malaysia's exports to China last year reached RM186.1 billion.",
    "Malaysia's exports to China, its largest trading partner, rose 5 per cent in 2024.",
    "Malaysia's exports of goods to China were worth RM186.1 billion in 2024.",
    "Trade between Malaysia and China over the past decade grew to RM484.1 billion in 2024.",
    "Exports by Malaysia to China came to RM186.1 billion in 2024.",
    "In US dollar terms, China's exports rose 5.9 per cent in 2024.",
    "Malaysia's exports to the Chinese market surged to RM186.1 billion in 2024.",
    "Malaysia's export volume to China reached RM186.1 billion in 2024.",
    "Malaysia exported US$40 billion worth of goods to China in 2024.",
    "Driven by machinery, Malaysia's exports to China rose 5 per cent in 2024.",
    "Undaunted by tariffs, Malaysia's exports to China rose 5 per cent in 2024.",
    "Counted in ringgit, Malaysia's exports to China rose 5 per cent in 2024.",
    "On a yearly basis, Malaysia's exports to China rose 5 per cent in 2024.",
    "Taken together, Malaysia's trade with China was RM484.1 billion in 2024.",
    "Adding to the good news, Malaysia's exports to China rose 5 per cent in 2024.",
])
def test_what_the_slots_say_already_restricts_nothing(text: str) -> None:
    found = read_text(text, published="2025-11-24").claims
    assert found
    assert [(claim.qualifier, claim.not_understood, claim.commodity) for claim in found] == [(None, None, None)] * len(found)


@pytest.mark.parametrize(("text", "words"), [
    ("Malaysia's exports reached RM1,507.71 billion in 2024 on paper.", "paper"),
    ("China's trade with Malaysia, at purchasing power parity, was 1,508.71 billion yuan in 2024.", "power, parity"),
    ("Malaysia raked in RM1,507.71 billion from exports in 2024.", "raked"),
    ("Trade between China and Malaysia, by contrast, was 1,508.71 billion yuan in 2024.", None),
    ("The deputy trade minister told parliament that Malaysia's exports had reached RM1,507.71 billion in 2024.", None),
    ("China's exports to Malaysia rose to 722.01 billion yuan in 2024 as manufacturers rushed to beat new tariffs.", None),
])
def test_a_word_beside_a_figure_that_no_list_knows_is_named(text: str, words: str | None) -> None:
    (found,) = read_text(text, published="2025-04-20").claims
    assert found.not_understood == words


def test_goods_and_services_stay_so_until_the_text_says_goods() -> None:
    found = read_text("The U.S. goods and services deficit was $78.3 billion in July. Exports were $280.5 billion. "
                      "Goods exports were $179.4 billion.", published="2025-09-04").claims
    assert [claim.qualifier is not None for claim in found] == [True, True, False]


def test_what_stands_behind_a_figure_restricts_that_figure_alone() -> None:
    found = read_text("Malaysia's imports rose 1.0 per cent in May 2025, and on a seasonally adjusted basis fell 2.1 per cent.",
                      published="2025-06-24").claims
    assert [claim.qualifier for claim in found] == [None, "on a seasonally adjusted basis"]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_trade_is_no_claim(text: str) -> None:
    assert not read_text(text, published="2025-11-24").claims


@pytest.mark.parametrize("owner", ["Bavaria's", "Texas's", "The company's", "Catalonia's", "Proton's", "The port's", "The euro area's"])
def test_the_exports_of_somebody_else_are_not_the_country_s(owner: str) -> None:
    text = f"Malaysia's imports rose 5 per cent in 2024. {owner} exports to China reached RM5.2 billion."
    assert not [claim for claim in read_text(text, published="2025-11-24").claims if claim.reporter == "MYS" and claim.flow == "export"]


def test_a_name_but_for_one_letter_is_that_name() -> None:
    assert [claim.reporter for claim in read_text("Malayia's exports to China rose 5 per cent in 2024.").claims] == ["MYS"]


@pytest.mark.parametrize("piece", [
    "of ", "of in to from with for by between ", "of x and the y ", "to China and the y in China ",
    "excluding oil and gas and of the gas ", "to Abc ", "from the Abc Def Port ", "by the private ", "under the a-b ", "rubber glove ",
    "exports to China and Japan of goods ", "the volume of its ", "top three ", "of 5 and of 6 ", "in the first 20 days of ",
    "exhibiting growth of exports ", "value volume also alone ", "between A and B to C ", "with the other key major new ",
])
def test_what_repeats_without_end_is_read_in_bounded_time(piece: str) -> None:
    for opening in ("Malaysia's exports ", "The ", "exports in March were "):
        text = (opening + piece * 600)[:1900] + "reached RM5 billion in 2024."
        began = time.process_time()
        read_text(text, published="2025-11-24")
        assert time.process_time() - began < 3, opening
