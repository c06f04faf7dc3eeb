<?php
// Carries out a plan (see ../README.md) with PHP's own SoapClient, and tells what it made of the answers.

declare(strict_types=1);

const VERSIONS = ['Soap11' => SOAP_1_1, 'Soap12' => SOAP_1_2];

$plan = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
$told = [];
foreach ($plan['calls'] as $port => $calls) {
    $clients = [];
    foreach ($plan['services'] as $service => $wsdl) {
        $clients[$service] = new SoapClient($wsdl, [
            'soap_version' => VERSIONS[$port],
            'cache_wsdl' => WSDL_CACHE_NONE,
            'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
            'exceptions' => true,
        ]);
    }
    foreach ($calls as ['service' => $service, 'operation' => $operation, 'fields' => $fields]) {
        try {
            // A description with a wrapper takes one argument, and one without it takes each field.
            $answer = $clients[$service]->__soapCall($operation, $plan['wrapped'] ? [$fields] : array_values($fields));
            $told[$port][] = ['answer' => $answer];
        } catch (SoapFault $fault) {
            $error = $fault->detail->error ?? null;
            if ($error === null) {
                throw $fault;
            }
            $named = $error->field ?? [];
            $told[$port][] = ['fault' => [
                // Read by the schema, what there may be several of is a list.
                'type' => is_array($named) ? 'error' : 'untyped',
                'code' => preg_replace('/^.*:/', '', $fault->faultcode),
                'text' => $fault->getMessage(),
                'error' => $error->code,
                'fields' => (object) array_column($named, 'code', 'name'),
            ]];
        }
    }
}
echo json_encode($told, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
